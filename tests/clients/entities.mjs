// Judges Backstage's entities (a JSON array on standard input) as Backstage's catalogue does: by the kinds' own schemas and the entity policies.
import { DefaultNamespaceEntityPolicy, FieldFormatEntityPolicy, NoForeignRootFieldsEntityPolicy, SchemaValidEntityPolicy, EntityPolicies,
	componentEntityV1alpha1Validator, groupEntityV1alpha1Validator, userEntityV1alpha1Validator } from '@backstage/catalog-model'

const policy = EntityPolicies.allOf([new SchemaValidEntityPolicy(), new DefaultNamespaceEntityPolicy(), new NoForeignRootFieldsEntityPolicy(), new FieldFormatEntityPolicy()])
const kinds = { Component: componentEntityV1alpha1Validator, Group: groupEntityV1alpha1Validator, User: userEntityV1alpha1Validator }
let text = ''
for await (const chunk of process.stdin) text += chunk
const answer = []
for (const entity of JSON.parse(text)) {
	const one = { kind: entity?.kind, name: entity?.metadata?.name, title: entity?.metadata?.title, owner: entity?.spec?.owner, dependsOn: entity?.spec?.dependsOn ?? [] }
	try {
		await policy.enforce(entity)
		one.valid = (await kinds[entity.kind]?.check(entity)) ?? 'no such kind'
	} catch (e) {
		one.valid = String(e.message)
	}
	answer.push(one)
}
console.log(JSON.stringify(answer))
