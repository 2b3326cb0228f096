// Validates by ajv the bodies that Pleach gives as proof: lines of cases_tool on standard input. A request must be taken by the old schema and refused by the new
// one, a response the other way round. Prints what does not fit, and the number of proofs checked as the last line.
import { createInterface } from 'node:readline'
import { ajvFor } from './ajv.mjs'

// What OpenAPI 3.0 says otherwise.
const from30 = (s) => {
	if (Array.isArray(s)) return s.map(from30)
	if (!s || typeof s !== 'object') return s
	const out = Object.fromEntries(Object.entries(s).map(([k, v]) => [k, from30(v)]))
	if (out.nullable === true && typeof out.type === 'string') out.type = [out.type, 'null']
	delete out.nullable
	for (const [flag, bound] of [['exclusiveMaximum', 'maximum'], ['exclusiveMinimum', 'minimum']]) {
		if (out[flag] === true) {
			out[flag] = out[bound]
			delete out[bound]
		} else if (out[flag] === false) delete out[flag]
	}
	return out
}
const takes = (schema, old, value) => {
	const s = old ? from30(schema) : schema
	return ajvFor('draft2020-12').compile(s)(value)
}
let checked = 0, wrong = 0
for await (const line of createInterface({ input: process.stdin })) {
	const c = JSON.parse(line)
	if (!c.old_schema) continue
	const is30 = c.old.startsWith('openapi: 3.0')
	for (const x of c.changes) {
		if (x.level === 'info' || x.proof !== 'proved') continue
		const value = JSON.parse(x.witness)
		const [before, after] = [takes(c.old_schema, is30, value), takes(c.new_schema, is30, value)]
		checked++
		if (c.response ? before || !after : !before || after) {
			wrong++
			console.log(`${c.name}${c.turned ? ' (turned)' : ''}: ${x.kind}: ${x.witness}: old ${before ? 'takes' : 'refuses'} it, new ${after ? 'takes' : 'refuses'} it`)
		}
	}
}
console.log(JSON.stringify({ checked, wrong }))
