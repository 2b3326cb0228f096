// The text of a search as the console's clicks edit it (ui/src/pages/logs-text.ts): cut at the right places, whatever stands in quotes, and what is
// written can be read by the language.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { here } from './lib.mjs';
import { parse } from './mock-query.mjs';

let t;
before(async () => {
	const require = createRequire(join(here, '../../ui/package.json'));
	const out = await require('esbuild').build({ entryPoints: [join(here, '../../ui/src/pages/logs-text.ts')], bundle: true, format: 'esm', write: false });
	t = await import(`data:text/javascript;base64,${Buffer.from(out.outputFiles[0].contents).toString('base64')}`);
});

test('a search ends where its pipes begin', () => {
	for (const [q, search, pipes] of [
		['a b', 'a b', []], ['a | patterns', 'a', ['patterns']], ['| top 3 x', '', ['top 3 x']], ['a "x | y" | limit 2', 'a "x | y"', ['limit 2']],
		['/x|y/ | limit 2', '/x|y/', ['limit 2']], ['f:/x|y/i z', 'f:/x|y/i z', []], ['/v1/orders | top x', '/v1/orders', ['top x']], ['a || b', 'a || b', []],
		['{app="x|y"} |= "z" |~ "p|q" | json | status >= 500', '{app="x|y"} |= "z" |~ "p|q"', ['json', 'status >= 500']], ['"never closed | x', '"never closed | x', []],
		['a | where m:"b | c" | stats count() by x', 'a', ['where m:"b | c"', 'stats count() by x']], ['"a\\" | b" c', '"a\\" | b" c', []],
	]) assert.deepEqual(t.split(q), { search, pipes }, q);
});

test('terms are added, turned round and removed', () => {
	assert.equal(t.toggleTerm('', 'service=x'), 'service=x');
	assert.equal(t.toggleTerm('a service=x b', 'service=x'), 'a b');
	assert.equal(t.toggleTerm('service:x a', 'service=x'), 'a', 'however it was typed');
	assert.equal(t.toggleTerm('-service:x a', 'service=x'), 'a service=x');
	assert.equal(t.toggleTerm('a service=x', '-service=x'), 'a -service=x');
	assert.equal(t.toggleTerm('a or b', 'c=1'), '(a or b) c=1', 'an "or" keeps its meaning');
	assert.equal(t.toggleTerm('(a or b) c=1', 'c=1'), '(a or b)');
	assert.equal(t.toggleTerm('a | stats count() by x | sort x', 'c=1'), 'a c=1 | stats count() by x | sort x');
	assert.equal(t.toggleTerm('m="b c" a', 'm="b c"'), 'a');
	assert.equal(t.term('level', 'warn'), 'level:warn');
	assert.equal(t.term('customer', 'Brandt & "Töchter"'), 'customer="Brandt & \\"Töchter\\""');
	assert.equal(t.term('odd name', '/x'), '"odd name"="/x"');
	assert.equal(t.term('x', 'or'), 'x="or"');
});

test('pipes are put behind what filters, and taken away', () => {
	assert.equal(t.withPipe('a | where x>1 | stats count()', 'patterns'), 'a | where x>1 | patterns');
	assert.equal(t.withPipe('a | status >= 500 | top 3 x', 'patterns'), 'a | status >= 500 | patterns');
	assert.equal(t.rowsOf('a | parse "u <u>" | sort u | limit 3'), 'a | parse "u <u>"');
	assert.equal(t.sortBy('a | stats p95(ms) by s', 'p95(ms)', true), 'a | stats p95(ms) by s | sort "p95(ms)" desc');
	assert.equal(t.sortBy('a | top x | sort count desc', 'x', false), 'a | top x | sort x');
	assert.deepEqual(t.sorted('a | stats p95(ms) by s | sort "p95(ms)" desc'), { field: 'p95(ms)', descending: true });
	assert.deepEqual(t.sorted('a | top x | sort -count'), { field: 'count', descending: true });
	assert.equal(t.sorted('a | top x'), null);
	assert.equal(t.shape('a | stats count() by x | compare 1d'), 'stats');
	assert.equal(t.bucketMs('a | stats count() by bucket(30s), x'), 30_000);
	assert.equal(t.step(30 * 60_000), '30s');
});

test('a pattern becomes the text that its rows share', () => {
	assert.equal(t.patternRows('a | patterns', 'order <*> by "x" took <*> in all', false), 'a ="order" ="by \\"x\\" took" ="in all"');
	assert.equal(t.patternRows('a | patterns', 'order <*> took', true), 'a -(="order" ="took") | patterns');
	assert.equal(t.patternRows('a | patterns', 'message sent', true), 'a -="message sent" | patterns');
	assert.deepEqual(t.patternTerms('<*>.<*> - <*>'), [], 'nothing that is fixed');
});

test('a place counts bytes and is found in text', () => {
	assert.equal(t.placeOf('ä 😀 x', 1), 0);
	assert.equal(t.placeOf('ä 😀 x', 4), 2);
	assert.equal(t.placeOf('ä 😀 x', 9), 5);
	assert.equal(t.wordAt('a cuont() by', 2), 'cuont');
	assert.equal(t.wordAt('a', 1), '');
	assert.equal(t.shellQuote(`it's`), `'it'\\''s'`);
});

test('whatever is clicked, the language can read it', () => {
	const values = ['x', 'a b', '"', '\\', 'or', '-x', '/v1/x', '*', '10.0.0.1:80', 'ä|b', '(', "it's", '😀', '[1 TO 2]', 'a,b', ''];
	for (const q of ['', 'a', 'a or b', '"x | y" | stats count() by level', '-(a b) | where n>1 | patterns']) {
		for (const v of values) {
			const one = t.term('field', v), added = t.toggleTerm(q, one), out = t.toggleTerm(added, `-${one}`);
			for (const text of [added, out, t.withPipe(out, 'patterns'), t.rowsOf(out), t.patternRows(q, `${v} and <*> x`, true), t.patternRows(q, `${v} and <*> x`, false)]) parse(text);
			assert.ok(t.hasTerm(added, one), added);
			assert.ok(t.hasTerm(out, `-${one}`) && !t.hasTerm(out, one), out);
			if (!q.includes(' or ')) assert.equal(t.toggleTerm(added, one), q, 'back to where it was');
		}
	}
});
