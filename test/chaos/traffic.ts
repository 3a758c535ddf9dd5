import { setTimeout as sleep } from 'node:timers/promises';
import { mixedTraffic, type Expected, type MixedTraffic } from '../support/mixed-traffic.ts';
import { appSecret } from '../support/traffic.ts';
import { postWebhook } from '../support/worker.ts';
import { randomOf } from './random.ts';

export interface TrafficOptions {
  readonly seed: number;
  /** messages and calls; edits, deletions, reactions and states come on top */
  readonly interactions: number;
  readonly people: number;
  /** webhooks a second, over all lanes */
  readonly perSecond: number;
  /** as many again and again, until it is told to hurry */
  readonly lasts: boolean;
  /** where the webhooks go now; empty: nobody is there */
  receivers(): readonly string[];
}

const lanes = 6;
const patienceMs = 120_000;

/**
 * Sends webhooks as a provider does: in order within a lane, each until it is answered 200, some of them twice. What was
 * answered 200 is never sent again but for these doubles: if it is lost, it is missing in the end.
 */
export class Traffic {
  /** of what was sent until now; the last part may still be under way */
  readonly expected: Expected[] = [];
  /** webhooks that were answered 200 */
  acknowledged = 0;
  /** how often something else was answered, or nothing (0) */
  readonly refused: Record<number, number> = {};
  readonly #options: TrafficOptions;
  /** an hour is longer than any scenario: nothing happens in the future */
  readonly #since = Math.floor(Date.now() / 1_000) - 3_600;
  #mix: MixedTraffic;
  readonly #waiting: { readonly count: number; resolve(): void }[] = [];
  #next = 0;
  #isPaced = true;

  constructor(options: TrafficOptions) {
    this.#options = options;
    this.#mix = this.#nextMix();
  }

  /** Sends everything. @throws when a webhook is not taken for two minutes */
  async run(): Promise<void> {
    await this.#sendMix();
    while (this.#options.lasts && this.#isPaced) {
      this.#mix = this.#nextMix();
      await this.#sendMix();
    }
  }

  /** The rest goes as fast as it is taken. */
  hurry(): void {
    this.#isPaced = false;
  }

  /** Resolves when so much of it (0 to 1) was acknowledged; of the first part, where it lasts. */
  until(share: number): Promise<void> {
    const webhooks = [...this.#mix.lanes, this.#mix.afterwards].flat().length;
    const count = Math.min(webhooks, Math.ceil(share * webhooks));
    if (this.acknowledged >= count) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ count, resolve }));
  }

  #nextMix(): MixedTraffic {
    const { interactions: count, people } = this.#options;
    const place = { first: this.expected.length, since: this.#since };
    const mix = mixedTraffic({ count, people, lanes, bundle: 2, later: 10, ...place });
    this.expected.push(...mix.expected);
    return mix;
  }

  async #sendMix(): Promise<void> {
    const { lanes: bodiesOfLanes, afterwards } = this.#mix;
    await Promise.all(bodiesOfLanes.map((bodies, lane) => this.#send(bodies, lane)));
    await this.#send(afterwards, lanes);
  }

  async #send(bodies: readonly object[], lane: number): Promise<void> {
    const random = randomOf(this.#options.seed * 100 + lane);
    for (const body of bodies) {
      await this.#pace();
      await this.#untilTaken(body, random.between(0, 1_000));
      if (random.next() < 0.05) await this.#post(body, random.between(0, 1_000));
      this.#acknowledge();
    }
  }

  async #untilTaken(body: object, from: number): Promise<void> {
    const end = Date.now() + patienceMs;
    for (let turn = from; ; turn += 1) {
      const status = await this.#post(body, turn);
      if (status === 200) return;
      this.refused[status] = (this.refused[status] ?? 0) + 1;
      if (Date.now() > end) throw new Error(`a webhook is not taken: ${JSON.stringify(this.refused)}`);
      await sleep(50);
    }
  }

  #post(body: object, turn: number): Promise<number> {
    const receivers = this.#options.receivers();
    const url = receivers[turn % Math.max(1, receivers.length)];
    return url === undefined ? Promise.resolve(0) : postWebhook(url, 'support', body, appSecret);
  }

  #acknowledge(): void {
    this.acknowledged += 1;
    for (const one of this.#waiting.filter(({ count }) => count <= this.acknowledged)) {
      this.#waiting.splice(this.#waiting.indexOf(one), 1);
      one.resolve();
    }
  }

  /** One turn every so often, whatever lane takes it. */
  async #pace(): Promise<void> {
    if (!this.#isPaced) return;
    const every = 1_000 / this.#options.perSecond;
    this.#next = Math.max(this.#next + every, Date.now());
    await sleep(Math.max(0, this.#next - Date.now()));
  }
}
