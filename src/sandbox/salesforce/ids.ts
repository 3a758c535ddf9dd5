const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const checksumLetters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345';

/** A record id of 18 characters: prefix, running number in base 62, and the letters that make it case-safe. */
export function makeId(prefix: string, number: number): string {
  let tail = '';
  for (let rest = number; tail.length < 12; rest = Math.floor(rest / 62)) tail = digits[rest % 62] + tail;
  // The pod part of a real id is never all zeros.
  return withChecksum(`${prefix}5g${tail.slice(2)}`);
}

/** The 18-character form of a record id of 15 or 18 characters; undefined when it cannot be one. */
export function fullId(text: string): string | undefined {
  if (!/^[0-9A-Za-z]{15}([0-9A-Za-z]{3})?$/.test(text)) return undefined;
  const full = withChecksum(text.slice(0, 15));
  return text.length === 15 || full.slice(15) === text.slice(15).toUpperCase() ? full : undefined;
}

function withChecksum(id: string): string {
  const letters = [0, 5, 10].map((start) => {
    let bits = 0;
    for (let at = 0; at < 5; at += 1) if (/[A-Z]/.test(id[start + at] ?? '')) bits |= 1 << at;
    return checksumLetters[bits];
  });
  return id + letters.join('');
}
