// Checks an export of whatsapp-crm-sync against its seals. It needs Node.js 20 or later and nothing of the product:
// what is checked, and how, is in proof.md beside it, so that anybody can write the same in another language.
//
//   node verify.mjs <export folder> [--seals <folder of trusted copies>] [--public-key <file.pem>] [--complete]
//   node verify.mjs --proof <proofs.json> --seals <folder of trusted copies>
//
// --complete: the export is of everything, so every sealed row must be in it. Exit code 0: all fits. 1: something does not.
import { createHash, createPublicKey, verify } from 'node:crypto';
import { createReadStream, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';

const options = {
  seals: { type: 'string' },
  'public-key': { type: 'string' },
  proof: { type: 'string' },
  complete: { type: 'boolean' },
};
const { values, positionals } = parseArgs({ options, allowPositionals: true });
const [folder] = positionals;
const problems = [];
const say = (text) => problems.push(text);

const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();
const text = (value) => Buffer.from(JSON.stringify(value), 'utf8');
const leafHash = (record) => sha256(Buffer.from([0]), text(record));
const nodeHash = (left, right) => sha256(Buffer.from([1]), left, right);

/** RFC 6962, section 2.1. */
function merkleRoot(hashes) {
  if (hashes.length === 0) return sha256();
  if (hashes.length === 1) return hashes[0];
  let split = 1;
  while (split * 2 < hashes.length) split *= 2;
  return nodeHash(merkleRoot(hashes.slice(0, split)), merkleRoot(hashes.slice(split)));
}

const headerOf = ({ number, at, previous, root, ranges }) =>
  text([
    'wcs-seal-1',
    number,
    at,
    previous,
    root,
    ranges.map((one) => [one.table, one.after, one.upTo, one.count]),
  ]);

function readSeals(path) {
  const names = readdirSync(path)
    .filter((name) => /^seal-\d+\.json$/.test(name))
    .sort();
  return names.map((name) => JSON.parse(readFileSync(join(path, name), 'utf8')));
}

/** Every seal follows the one before it, and is what its hash and its signature say. */
function checkChain(seals, key) {
  let before;
  for (const seal of seals) {
    const name = `seal ${seal.number}`;
    if (sha256(headerOf(seal)).toString('hex') !== seal.hash)
      say(`${name}: its hash is not that of what it says`);
    if (before !== undefined && seal.number !== before.number + 1)
      say(`${name}: the one before it is missing`);
    else if (seal.previous !== (before?.hash ?? '')) say(`${name}: does not follow the one before it`);
    for (const { table, after } of seal.ranges) {
      const end = before?.ranges.find((one) => one.table === table)?.upTo ?? 0;
      if (after !== end) say(`${name}: there is a gap in ${table} before it`);
    }
    if (key && !verify(null, headerOf(seal), key, Buffer.from(seal.signature ?? '', 'base64'))) {
      say(`${name}: the signature is not good`);
    }
    if (
      seal.leaves &&
      merkleRoot(seal.leaves.map((leaf) => Buffer.from(leaf[2], 'hex'))).toString('hex') !== seal.root
    ) {
      say(`${name}: its list of rows does not give its root`);
    }
    before = seal;
  }
}

/** The export's seals are those that somebody has kept elsewhere; and none of these is missing. */
function checkTrusted(seals, trusted) {
  const own = new Map(seals.map((seal) => [seal.number, seal]));
  for (const seal of trusted) {
    const found = own.get(seal.number);
    if (found === undefined) say(`seal ${seal.number}: is among the trusted copies and not in the export`);
    else if (found.hash !== seal.hash) say(`seal ${seal.number}: is not the one of the trusted copies`);
  }
  for (const { number } of seals) {
    if (!trusted.some((seal) => seal.number === number))
      say(`seal ${number}: there is no trusted copy of it`);
  }
}

/** Every row is one that was sealed, at its place, and its content is what was committed to. */
async function checkRecords(path, seals) {
  const listed = new Map(
    seals.flatMap(({ leaves = [] }) => leaves.map(([table, id, hash]) => [`${table} ${id}`, hash])),
  );
  const seen = new Set();
  let unsealed = 0;
  for await (const line of createInterface({ input: createReadStream(path) })) {
    const { record, content, purged } = JSON.parse(line);
    const name = `${record[0]} ${record[1]}`;
    const hash = leafHash(record).toString('hex');
    if (seen.has(name)) say(`${name}: is there twice`);
    seen.add(name);
    if (content && sha256(text(['wcs-content-1', ...content])).toString('hex') !== record.at(-1)) {
      say(`${name}: its content is not what came in`);
    }
    if (record[0] === 'events' && !content && !purged) say(`${name}: its content is missing`);
    if (listed.get(name) === hash) continue;
    const inside = seals.some(({ ranges }) =>
      ranges.some((one) => one.table === record[0] && record[1] > one.after && record[1] <= one.upTo),
    );
    if (listed.has(name)) say(`${name}: is not what was sealed`);
    else if (inside) say(`${name}: was put between what had been sealed`);
    else unsealed += 1;
  }
  if (values.complete) {
    for (const name of listed.keys()) if (!seen.has(name)) say(`${name}: was sealed and is not there`);
  }
  return { records: seen.size, unsealed };
}

/** A row's way to the root of its seal. */
function checkProof({ record, path, seal }, trusted) {
  const name = `${record.table} ${record.id}`;
  const leaf = leafHash([record.table, record.id, ...record.fields]);
  const root = path.reduce((hash, step) => {
    const other = Buffer.from(step.hash, 'hex');
    return step.side === 'left' ? nodeHash(other, hash) : nodeHash(hash, other);
  }, leaf);
  if (root.toString('hex') !== seal.root) say(`${name}: does not lead to the root of seal ${seal.number}`);
  if (sha256(headerOf(seal)).toString('hex') !== seal.hash)
    say(`seal ${seal.number}: its hash is not its own`);
  if (trusted.find((one) => one.number === seal.number)?.hash !== seal.hash)
    say(`seal ${seal.number}: is not trusted`);
}

const trusted = values.seals === undefined ? undefined : readSeals(values.seals);
const key = values['public-key'] && createPublicKey(readFileSync(values['public-key']));
if (trusted !== undefined) checkChain(trusted, key);
let told;
if (values.proof !== undefined) {
  const { proofs } = JSON.parse(readFileSync(values.proof, 'utf8'));
  for (const proof of proofs) checkProof(proof, trusted ?? []);
  told = `${proofs.length} proofs`;
} else {
  const seals = existsSync(join(folder, 'seals')) ? readSeals(join(folder, 'seals')) : [];
  checkChain(seals, key);
  if (trusted !== undefined) checkTrusted(seals, trusted);
  const { records, unsealed } = await checkRecords(join(folder, 'records.jsonl'), seals);
  told = `${records} records, ${seals.length} seals${unsealed > 0 ? `, ${unsealed} records not sealed yet` : ''}`;
}
for (const problem of problems) console.log(problem);
console.log(problems.length === 0 ? `All fits: ${told}.` : `${problems.length} problems in ${told}.`);
process.exitCode = problems.length === 0 ? 0 : 1;
