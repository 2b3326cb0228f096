// Judges a CycloneDX document (JSON on standard input) by the schema of its version, as CycloneDX's own library ships it: prints the faults, none where it is valid.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import Ajv from 'ajv'

const top = dirname(createRequire(import.meta.url).resolve('@cyclonedx/cyclonedx-library/package.json'))
const read = (name) => JSON.parse(readFileSync(join(top, 'res/schema', name), 'utf8'))
let text = ''
for await (const chunk of process.stdin) text += chunk
const bom = JSON.parse(text)
const ajv = new Ajv({ allErrors: true, strict: false, validateFormats: false })
for (const name of ['spdx.SNAPSHOT.schema.json', 'jsf-0.82.SNAPSHOT.schema.json']) ajv.addSchema(read(name), `http://cyclonedx.org/schema/${name}`)
const valid = ajv.compile(read(`bom-${bom.specVersion}.SNAPSHOT.schema.json`))
console.log(JSON.stringify(valid(bom) ? [] : valid.errors.map((e) => `${e.instancePath}: ${e.message}`)))
