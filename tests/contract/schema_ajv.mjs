// Validation beside ajv: schema_ajv.mjs TOOL SEED COUNT. Random schemas with random instances (schema_random.c); ends with a line of counts and fails
// where the two validators give different answers, unless a third (third_opinion.py) agrees with ours: ajv has faults of its own. What ajv refuses to compile is
// counted, not compared.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ajvFor } from './ajv.mjs'

const [tool, seed, count] = process.argv.slice(2)
const folder = mkdtempSync(join(tmpdir(), 'schema-ajv-'))
let cases = 0, instances = 0, valid = 0, refused = 0, open = 0, excused = 0, thrown = 0
const different = [], disputed = []
try {
	const text = execFileSync(tool, ['generate', seed, count], { maxBuffer: 1 << 30 }).toString()
	writeFileSync(join(folder, 'cases.json'), text)
	const lines = execFileSync(tool, ['validate', join(folder, 'cases.json')], { maxBuffer: 1 << 30 }).toString().trim().split('\n').map((l) => JSON.parse(l))
	JSON.parse(text).forEach((c, i) => {
		let check
		try {
			check = ajvFor(c.dialect).compile(c.schema)
		} catch (error) {
			refused++
			if (process.env.VERBOSE) console.log(c.seed, error.message)
			return
		}
		cases++
		if (lines[i].error) return different.push(`seed ${c.seed}: ${lines[i].error}: ${JSON.stringify(c.schema)}`)
		c.instances.forEach((v, k) => {
			let expected
			try {
				expected = check(v) ? 'yes' : 'no'
			} catch {
				thrown++ // what ajv compiles may throw (unevaluatedProperties beside if): no answer
				return
			}
			instances++
			valid += expected === 'yes'
			if (lines[i][k] === 'open') open++
			else if (lines[i][k] !== expected) disputed.push({ ours: lines[i][k], seed: c.seed, dialect: c.dialect, schema: c.schema, instance: v })
		})
	})
} finally {
	rmSync(folder, { recursive: true })
}
if (disputed.length) {
	const input = disputed.map((d) => JSON.stringify(d) + '\n').join('')
	const third = execFileSync('/usr/bin/python3', [new URL('third_opinion.py', import.meta.url).pathname], { input }).toString().trim().split('\n')
	disputed.forEach((d, i) => third[i] === d.ours ? excused++ : different.push(`ours ${d.ours}, third ${third[i]}: ${JSON.stringify(d)}`))
}
for (const line of different.slice(0, 10)) console.log(line)
console.log(`${cases} schemas, ${instances} instances (${valid} valid), ${open} left open, ${excused} where ajv stands alone, ${thrown} where ajv throws, ${refused} schemas refused by ajv, ${different.length} different`)
process.exit(different.length || cases < Number(count) / 2 ? 1 : 0)
