// ajv for each dialect, from tests/clients.
import { createRequire } from 'node:module'
const require = createRequire(new URL('../clients/package.json', import.meta.url))
const options = { strict: false, validateFormats: false, validateSchema: false, logger: false, addUsedSchema: false }
const makers = {
	draft4: () => new (require('ajv-draft-04'))(options),
	draft6: () => new (require('ajv').default)(options),
	draft7: () => new (require('ajv').default)(options),
	'draft2019-09': () => new (require('ajv/dist/2019').default)(options),
	'draft2020-12': () => new (require('ajv/dist/2020').default)(options),
}
// A new one for each schema: ajv remembers what it has compiled.
export const ajvFor = (dialect) => makers[dialect]()

// ajv takes an empty array where `contains` stands beside a list of items, which every draft forbids.
export const knownFault = (schema, instance) => {
	const text = JSON.stringify(schema)
	return JSON.stringify(instance).includes('[]') && text.includes('"contains"') && (text.includes('"items":[') || text.includes('"prefixItems"'))
}
