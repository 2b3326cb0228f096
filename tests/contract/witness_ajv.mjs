// Witnesses beside ajv: witness_ajv.mjs CAMPAIGN SEED COUNT. Every witness that the campaign calls proved must be valid by ajv on the one side and not on the other.
import { execFileSync } from 'node:child_process'
import { ajvFor, knownFault } from './ajv.mjs'

const [campaign, seed, count] = process.argv.slice(2)
const lines = execFileSync(campaign, [seed, count, 'print'], { maxBuffer: 1 << 30, stdio: ['ignore', 'pipe', 'inherit'] }).toString().trim().split('\n')
let checked = 0, excused = 0, wrong = 0
for (const line of lines) {
	const w = JSON.parse(line)
	const before = ajvFor(w.dialect).compile(w.valid)(w.instance), after = ajvFor(w.dialect).compile(w.invalid)(w.instance)
	checked++
	if (before && !after) continue
	if (knownFault(w.valid, w.instance) || knownFault(w.invalid, w.instance)) excused++
	else if (++wrong <= 10) console.log(`ajv says ${before} and ${after}: ${line}`)
}
console.log(`${checked} witnesses checked, ${excused} where ajv passes over contains in an empty array, ${wrong} wrong`)
process.exit(wrong || !checked ? 1 : 0)
