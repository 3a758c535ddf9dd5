// Checks an export of whatsapp-crm-sync with Node.js 20 and nothing of the product: what and how is in proof.md.
//   node verify.mjs <export folder> [--seals <folder of trusted copies>] [--public-key <file.pem>] [--complete]
//   node verify.mjs --proof <proofs.json> --seals <folder of trusted copies>
// --complete: every sealed row must be in it, as an export of everything says itself. Exit code 0: all fits, else 1.
import { createHash, createPublicKey, verify } from 'node:crypto';
import { createReadStream, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';

const [word, flag] = [{ type: 'string' }, { type: 'boolean' }];
const options = { seals: word, 'public-key': { ...word, multiple: true }, proof: word, complete: flag };
const { values, positionals } = parseArgs({ options, allowPositionals: true });
const problems = [];
const about = (name) => (fits, problem) => fits || problems.push(`${name}: ${problem}`);
const sha256 = (...parts) =>
  parts.reduce((all, part) => all.update(part), createHash('sha256')).digest('hex');
const hex = (hash) => Buffer.from(hash, 'hex');
const text = (value) => Buffer.from(JSON.stringify(value), 'utf8');
const leafHash = (record) => sha256(Buffer.from([0]), text(record));
const nodeHash = (left, right) => sha256(Buffer.from([1]), hex(left), hex(right));
const upwards = (hash, [side, other]) => (side === 'left' ? nodeHash(other, hash) : nodeHash(hash, other));
const read = (path) => (existsSync(path) ? readFileSync(path, 'utf8') : '');
const keys = (values['public-key'] ?? []).map((path) => createPublicKey(readFileSync(path)));
const isBy = (key, bytes, signature) => verify(null, bytes, key, Buffer.from(signature, 'base64'));
const isSigned = (...signed) => keys.length === 0 || keys.some((key) => isBy(key, ...signed));
const hashOf = (path) => createReadStream(path).pipe(createHash('sha256').setEncoding('hex')).toArray();
const headerOf = ({ number, at, previous, root, ranges }) =>
  text(['wcs-seal-1', number, at, previous, root, ranges.map((r) => [r.table, r.after, r.upTo, r.count])]);
/** RFC 6962, section 2.1. */
const merkleRoot = (all, split = 2 ** Math.ceil(Math.log2(all.length) - 1)) =>
  all.length < 2
    ? (all[0] ?? sha256())
    : nodeHash(merkleRoot(all.slice(0, split)), merkleRoot(all.slice(split)));
/** Headers in their order: of files with the list of rows of each seal, or of a chain without these. */
function readSeals(folder) {
  const chain = read(join(folder, 'chain.jsonl')).trim();
  if (chain !== '' || !existsSync(folder)) return JSON.parse(`[${chain.replaceAll('\n', ',')}]`);
  const names = readdirSync(folder).filter((name) => /^seal-\d+\.json$/.test(name));
  return names.sort().map((name) => {
    const load = () => JSON.parse(read(join(folder, name)));
    const { leaves, ...seal } = load();
    const root = merkleRoot(leaves.map((leaf) => leaf[2]));
    about(`seal ${seal.number}`)(root === seal.root, 'its list of rows does not give its root');
    return { ...seal, list: () => new Set(load().leaves.map((leaf) => leaf.join(' '))) };
  });
}
/** Every seal follows the one before it, is what its hash and signature say, and the same that was kept elsewhere. */
function checkChain(seals, first, trusted) {
  const kept = trusted && new Map(trusted.map(({ number, hash }) => [number, hash]));
  let before = first > 1 && seals[0]?.number === first ? undefined : { number: 0, hash: '', ranges: [] };
  for (const seal of seals) {
    const must = about(`seal ${seal.number}`);
    must(sha256(headerOf(seal)) === seal.hash, 'its hash is not that of what it says');
    must(!before || seal.number === before.number + 1, 'the one before it is missing');
    must(!before || seal.previous === before.hash, 'does not follow the one before it');
    const endOf = (table) => before.ranges.find((one) => one.table === table)?.upTo ?? 0;
    const hasGap = before && seal.ranges.some(({ table, after }) => after !== endOf(table));
    must(!hasGap, 'there is a gap before it');
    must(isSigned(headerOf(seal), seal.signature ?? ''), 'the signature is not good');
    must(!kept || kept.get(seal.number) === seal.hash, 'is not the one of the trusted copies');
    before = seal;
  }
  const further = trusted?.find(({ number }) => number > Math.max(before?.number ?? 0, first - 1));
  about(`seal ${further?.number}`)(!further, 'is among the trusted copies and not here');
}
/** Every row is one that was sealed, at its place, and its content is what was committed to. */
async function checkRecords(folder, seals, isComplete) {
  const [seen, trail, gone] = [new Set(), new Set(), []];
  let [listed, list, unsealed] = [undefined, undefined, 0];
  for await (const line of createInterface({ input: createReadStream(join(folder, 'records.jsonl')) })) {
    const { record, content, purged, proof } = JSON.parse(line);
    const [[table, id], hash, commitment] = [record, leafHash(record), record.at(-1)];
    const [must, leaf] = [about(`${table} ${id}`), `${table} ${id} ${hash}`];
    const { purge, keys = [], eventIds = [] } = record[4] === 'content.purge' ? JSON.parse(record[6]) : {};
    for (const one of [...keys, ...eventIds]) trail.add(`${purge} ${one}`);
    if (purged) gone.push([`${table} ${id}`, `${purged} ${record[7] ?? id}`]);
    must(!seen.has(leaf), 'is there twice');
    seen.add(leaf);
    must(!content || sha256(text(['wcs-content-1', ...content])) === commitment, 'its content was altered');
    must(table !== 'events' || content || purged, 'its content is missing');
    const holds = (seal) => seal?.ranges.some((r) => r.table === table && id > r.after && id <= r.upTo);
    const seal = holds(listed) ? listed : seals.find(holds);
    if (seal === undefined) unsealed += 1;
    else if (proof) must(proof.path.reduce(upwards, hash) === seal.root, 'is not part of its seal');
    else {
      if (seal !== listed) [listed, list] = [seal, seal.list?.()];
      must(list?.has(leaf), 'is not what was sealed, or was put between it');
    }
  }
  for (const seal of isComplete ? seals : [])
    for (const leaf of seal.list?.() ?? [])
      about(leaf.slice(0, -65))(seen.has(leaf), 'was sealed, and is not there');
  for (const [name, told] of isComplete ? gone : [])
    about(name)(trail.has(told), 'has no content, and the audit trail tells of no rule');
  return { records: seen.size, unsealed };
}
/** Every file is what the manifest says, and there are no others. A dump of records and seals alone has no manifest. */
async function checkManifest(folder) {
  const [must, path] = [about('manifest.json'), join(folder, 'manifest.json')];
  const isFile = (name) => statSync(join(folder, name)).isFile();
  const files = readdirSync(folder, { recursive: true }).filter(isFile);
  const names = new Set(files.map((name) => name.split(sep).join('/')));
  const isDump = [...names].every((name) => name === 'records.jsonl' || name.startsWith('seals/'));
  must(isDump || existsSync(path), 'is not there: the export was not finished, or is not whole');
  if (!existsSync(path)) return { files: [] };
  const [[hash], signature] = [await hashOf(path), read(join(folder, 'manifest.sig'))];
  const sums = `${hash}  manifest.json\n${signature && `${sha256(signature)}  manifest.sig\n`}`;
  must(read(join(folder, 'manifest.sha256')) === sums, 'is not what manifest.sha256 says');
  must(isSigned(text(['wcs-manifest-1', hash]), signature), 'the signature is not good');
  const manifest = JSON.parse(read(path));
  for (const file of manifest.files) {
    const [found] = names.delete(file.path) ? await hashOf(join(folder, file.path)) : [];
    const kept = /^media\/([0-9a-f]{64})\./.exec(file.path)?.[1] ?? found;
    about(file.path)(found === file.sha256 && kept === found, 'is not what the manifest says, or not there');
  }
  for (const name of names) about(name)(/^manifest\.(json|sig|sha256)$/.test(name), 'is not in the manifest');
  return manifest;
}
async function checkExport(folder, trusted) {
  const { files, whole, seals: told } = await checkManifest(folder);
  const [first, seals] = [whole ? 1 : (told?.first ?? 1), readSeals(join(folder, 'seals'))];
  checkChain(seals, first, told ? trusted?.filter((one) => one.number <= told.last) : trusted);
  const { records, unsealed } = await checkRecords(folder, seals, values.complete || whole);
  const isOfManifest = files.length === 0 || (seals.at(-1)?.hash === told?.lastHash && unsealed === 0);
  about('seals')(isOfManifest, 'the last is not that of the manifest, or a record is in none');
  return `${records} records, ${seals.length} seals, ${files.length} files, ${unsealed} records not sealed yet`;
}
/** The way of one row to the root of a seal that was kept elsewhere. */
function checkProof({ record, path, seal }, trusted) {
  const leaf = leafHash([record.table, record.id, ...record.fields]);
  const root = path.map((step) => [step.side, step.hash]).reduce(upwards, leaf);
  const isSealed = root === seal.root && sha256(headerOf(seal)) === seal.hash;
  const isTrusted = trusted.some(({ hash }) => hash === seal.hash);
  about(`${record.table} ${record.id}`)(isSealed && isTrusted, 'is not part of a seal that is trusted');
}
let told = 'what could be read';
try {
  const trusted = values.seals && readSeals(values.seals);
  if (trusted) checkChain(trusted, 1);
  const proofs = values.proof && JSON.parse(read(values.proof)).proofs;
  for (const proof of proofs ?? []) checkProof(proof, trusted ?? []);
  told = proofs ? `${proofs.length} proofs` : await checkExport(positionals[0], trusted);
} catch (error) {
  problems.push(`cannot be read: ${error.message}`);
}
for (const problem of problems) console.log(problem);
console.log(problems.length === 0 ? `All fits: ${told}.` : `${problems.length} problems in ${told}.`);
process.exitCode = problems.length === 0 ? 0 : 1;
