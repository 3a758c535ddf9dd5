// Loaded before a program (`--import`): it can write to the folder that WCS_WRITABLE names and nowhere else, as in a container
// whose root is read-only. Each try is told on stderr and fails with EROFS. (Node's own sandbox forbids fsync altogether.)
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { resolve, sep } from 'node:path';

const writable = resolve(process.env.WCS_WRITABLE) + sep;
const { O_WRONLY, O_RDWR, O_CREAT, O_TRUNC, O_APPEND } = fs.constants;

function check(name, path) {
  if (typeof path === 'number' || path === undefined || path === null || typeof path.fd === 'number') return;
  const text = resolve(path instanceof URL ? path.pathname : String(path));
  if (`${text}${sep}`.startsWith(writable) || text === '/dev/null') return;
  process.stderr.write(`EROFS ${name} ${text}\n`);
  throw Object.assign(new Error(`EROFS: read-only file system, ${name} '${text}'`), { code: 'EROFS' });
}

const isWriting = (flags = 'r') =>
  typeof flags === 'number'
    ? (flags & (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND)) !== 0
    : /[wa+]/.test(String(flags));

/** Which arguments of a function are paths that it writes to. */
const writers = {
  appendFile: [0],
  chmod: [0],
  chown: [0],
  copyFile: [1],
  cp: [1],
  lchown: [0],
  link: [1],
  lutimes: [0],
  mkdir: [0],
  mkdtemp: [0],
  rename: [0, 1],
  rm: [0],
  rmdir: [0],
  symlink: [1],
  truncate: [0],
  unlink: [0],
  utimes: [0],
  writeFile: [0],
};

function wrap(target, name, guard, isAsync) {
  const original = target[name];
  if (typeof original !== 'function') return;
  target[name] = function (...args) {
    try {
      guard(args);
    } catch (error) {
      const last = args.at(-1);
      if (isAsync === 'promise') return Promise.reject(error);
      if (isAsync === 'callback' && typeof last === 'function') return void process.nextTick(last, error);
      throw error;
    }
    return Reflect.apply(original, this, args);
  };
}

for (const [name, places] of Object.entries(writers)) {
  const guard = (args) => places.forEach((place) => check(name, args[place]));
  wrap(fs, `${name}Sync`, guard, 'sync');
  wrap(fs, name, guard, 'callback');
  wrap(fs.promises, name, guard, 'promise');
}
const guardOpen = ([path, flags]) => {
  if (isWriting(typeof flags === 'function' ? undefined : flags)) check('open', path);
};
wrap(fs, 'openSync', guardOpen, 'sync');
wrap(fs, 'open', guardOpen, 'callback');
wrap(fs.promises, 'open', guardOpen, 'promise');
wrap(fs, 'createWriteStream', ([path]) => check('createWriteStream', path), 'sync');
syncBuiltinESMExports();
