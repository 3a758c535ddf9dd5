// `node --import <this file>`: the clock of this process is off by what stands in the file CHAOS_CLOCK (milliseconds).
import { readFileSync } from 'node:fs';

const RealDate = Date;
const path = process.env.CHAOS_CLOCK;
let offMs = 0;
let lookAt = 0;

function now() {
  if (performance.now() >= lookAt) {
    offMs = Number(readFileSync(path, 'utf8'));
    lookAt = performance.now() + 100;
  }
  return RealDate.now() + offMs;
}

globalThis.Date = class Date extends RealDate {
  constructor(...values) {
    if (values.length === 0) super(now());
    else super(...values);
  }

  static now() {
    return now();
  }
};
