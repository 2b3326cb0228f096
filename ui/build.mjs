// Bundles the console into dist/: content-hashed script and style, index.html that names them, and each file also as .gz and .br, so that
// control serves bytes and never compresses. `--watch` rebuilds on change. The size limit of the console is checked here and in the tests.
import { build, context } from 'esbuild';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, 'dist');
export const LIMIT = 300_000; // bytes as sent, gzip

const options = {
	absWorkingDir: here,
	entryPoints: { app: 'src/main.tsx' },
	bundle: true, minify: true, format: 'esm', target: ['es2022', 'chrome123', 'firefox121', 'safari17.5'],
	jsx: 'automatic', jsxImportSource: 'preact', legalComments: 'none', write: false, outdir: 'dist', logLevel: 'warning',
	define: { 'process.env.NODE_ENV': '"production"' },
};

function hashed(name, bytes) {
	const dot = name.lastIndexOf('.');
	return `${name.slice(0, dot)}-${createHash('sha256').update(bytes).digest('hex').slice(0, 10)}${name.slice(dot)}`;
}

function emit(outputs) {
	rmSync(dist, { recursive: true, force: true });
	mkdirSync(join(dist, 'assets'), { recursive: true });
	const files = new Map();
	const put = (name, bytes) => {
		files.set(name, bytes);
		writeFileSync(join(dist, name), bytes);
		writeFileSync(join(dist, name + '.gz'), gzipSync(bytes, { level: 9 }));
		writeFileSync(join(dist, name + '.br'), brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }));
	};
	const named = {};
	for (const file of outputs) {
		const bytes = Buffer.from(file.contents);
		const ext = file.path.endsWith('.css') ? 'css' : 'js';
		named[ext] = `assets/${hashed(`app.${ext}`, bytes)}`;
		put(named[ext], bytes);
	}
	const icon = readFileSync(join(here, 'src/icon.svg'));
	named.icon = `assets/${hashed('icon.svg', icon)}`;
	put(named.icon, icon);
	const html = readFileSync(join(here, 'index.html'), 'utf8').replace(/\{\{(\w+)\}\}/g, (_, key) => '/' + named[key]);
	put('index.html', Buffer.from(html));
	let sent = 0;
	for (const name of readdirSync(dist, { recursive: true })) if (String(name).endsWith('.gz')) sent += readFileSync(join(dist, String(name))).length;
	console.log(`console: ${files.size} files, ${(sent / 1000).toFixed(1)} kB as sent (limit ${LIMIT / 1000} kB)`);
	if (sent > LIMIT) throw new Error(`the console is ${sent} bytes compressed, over the limit of ${LIMIT}`);
}

if (process.argv.includes('--watch')) {
	const again = { name: 'emit', setup(b) { b.onEnd((r) => { if (!r.errors.length) emit(r.outputFiles); }); } };
	await (await context({ ...options, plugins: [again] })).watch();
} else {
	emit((await build(options)).outputFiles);
}
