// Random pairs of Avro schemas, judged by Pleach and by avsc: node avro_pairs.mjs TOOL COUNT [SEED]
// TOOL is build/plain/tests/oracle/avro_pairs. For each pair and direction: avsc refuses to make a resolver exactly when Pleach reports a break on the wire;
// each break's witness is written by the one schema (its JSON and its bytes are the same record) and cannot be read with the other; canonical forms and
// SHA-256 fingerprints are the same. Prints one JSON object with counts; exit 1 when something differs.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import avsc from 'avsc'

const [tool, countText, seedText] = process.argv.slice(2)
const COUNT = Number(countText)
let state = BigInt(seedText ?? 1)

// splitmix64
function next() {
  const mask = (1n << 64n) - 1n
  state = (state + 0x9e3779b97f4a7c15n) & mask
  let z = state
  z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & mask
  z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & mask
  return Number((z ^ (z >> 31n)) >> 11n) / 2 ** 53
}
const below = n => Math.floor(next() * n)
const pick = list => list[below(list.length)]
const chance = p => next() < p

// A schema is a root and definitions by key; {ref: key} stands for a definition, which is written out where it is met first.
const PRIMITIVES = ['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string']
const LOGICAL = { int: ['date', 'time-millis'], long: ['timestamp-millis', 'timestamp-micros', 'time-micros'], string: ['uuid'] }

function primitive() {
  const type = pick(PRIMITIVES)
  return LOGICAL[type] && chance(0.1) ? { type, logicalType: pick(LOGICAL[type]) } : { type }
}
const same = (s, a, b) => (a.ref || b.ref ? a.ref === b.ref : a.type === b.type)
function addBranch(s, union, branch) {
  if (branch.type !== 'union' && !union.branches.some(b => same(s, b, branch))) union.branches.push(branch)
}
function define(s, depth) {
  const key = `k${s.next++}`
  const kind = pick(['record', 'record', 'record', 'enum', 'fixed'])
  const def = (s.defs[key] = { kind, name: `N${key.slice(1)}`, aliases: [] })
  if (s.spaces) def.namespace = pick(['a', 'a.b'])
  if (kind === 'fixed') def.size = 1 + below(16)
  if (kind === 'enum') {
    def.symbols = ['A', 'B', 'C', 'D'].slice(0, 1 + below(4))
    if (chance(0.3)) def.default = def.symbols[0]
  }
  if (kind === 'record') {
    def.fields = []
    for (let i = below(4) + (depth > 0 ? 1 : 0); i > 0; i--) addField(s, def, depth - 1)
  }
  return { ref: key }
}
// Mostly with a way out of a recursion.
function reference(s, key) {
  return s.defs[key].kind === 'record' && chance(0.95) ? { type: 'union', branches: [{ type: 'null' }, { ref: key }] } : { ref: key }
}
function type(s, depth) {
  const keys = Object.keys(s.defs)
  const roll = next()
  if (depth <= 0 || roll < 0.35) return keys.length && chance(0.2) ? reference(s, pick(keys)) : primitive()
  if (roll < 0.45) return { type: 'array', items: type(s, depth - 1) }
  if (roll < 0.55) return { type: 'map', values: type(s, depth - 1) }
  if (roll < 0.75) {
    const union = { type: 'union', branches: [] }
    if (chance(0.6)) addBranch(s, union, { type: 'null' })
    for (let i = 1 + below(3); i > 0; i--) addBranch(s, union, type(s, depth - 1))
    return union.branches.length ? union : primitive()
  }
  return define(s, depth)
}
// A value of the type for a default, undefined where that would need more.
function value(s, t, depth = 0) {
  if (depth > 3) return undefined
  if (t.ref) {
    const d = s.defs[t.ref]
    if (d.kind === 'enum') return d.symbols[0]
    if (d.kind === 'fixed') return '\u0000'.repeat(d.size)
    const out = {}
    for (const f of d.fields) {
      out[f.name] = value(s, f.type, depth + 1)
      if (out[f.name] === undefined) return undefined
    }
    return out
  }
  switch (t.type) {
    case 'null': return null
    case 'boolean': return true
    case 'int': case 'long': return 7
    case 'float': case 'double': return 1.5
    case 'bytes': return 'ÿ'
    case 'string': return 'text'
    case 'array': return []
    case 'map': return {}
    default: return value(s, t.branches[0], depth + 1)
  }
}
function addField(s, def, depth) {
  const field = { name: `f${s.next++}`, type: type(s, depth), aliases: [], hasDefault: chance(0.4) }
  def.fields.splice(below(def.fields.length + 1), 0, field)
}

function render(s) {
  const written = new Set()
  const write = (t, space) => {
    if (t.ref) return named(t.ref, space)
    if (t.type === 'union') return t.branches.map(b => write(b, space))
    if (t.type === 'array') return { type: 'array', items: write(t.items, space) }
    if (t.type === 'map') return { type: 'map', values: write(t.values, space) }
    return t.logicalType ? { type: t.type, logicalType: t.logicalType } : t.type
  }
  const full = d => (d.namespace ? `${d.namespace}.${d.name}` : d.name)
  const named = (key, space) => {
    const d = s.defs[key]
    if (written.has(key)) return full(d)
    written.add(key)
    // A type without namespace within one that has one cannot be said by its short name alone.
    const out = { type: d.kind, name: d.name, namespace: d.namespace ?? '' }
    if (d.aliases.length) out.aliases = d.aliases
    if (d.kind === 'fixed') out.size = d.size
    if (d.kind === 'enum') {
      out.symbols = d.symbols
      if (d.default && d.symbols.includes(d.default)) out.default = d.default
    }
    if (d.kind === 'record') {
      out.fields = d.fields.map(f => {
        const field = { name: f.name, type: write(f.type, d.namespace) }
        if (f.aliases.length) field.aliases = f.aliases
        const v = f.hasDefault ? value(s, f.type) : undefined
        if (v !== undefined) field.default = v
        return field
      })
    }
    return out
  }
  return write(s.root, '')
}

// All places where a type stands: [holder, key].
function places(s) {
  const out = [[s, 'root']]
  const below = t => {
    if (t.type === 'union') t.branches.forEach((b, i) => { out.push([t.branches, i]); below(b) })
    if (t.type === 'array') { out.push([t, 'items']); below(t.items) }
    if (t.type === 'map') { out.push([t, 'values']); below(t.values) }
  }
  below(s.root)
  for (const d of Object.values(s.defs)) for (const f of d.fields ?? []) { out.push([f, 'type']); below(f.type) }
  return out
}
function mutate(s) {
  const defs = Object.values(s.defs)
  const of = kind => defs.filter(d => d.kind === kind)
  const records = of('record').filter(d => d.fields.length)
  const [holder, key] = pick(places(s))
  const here = holder[key]
  switch (below(14)) {
    case 0: holder[key] = primitive(); break
    case 1: if (here.type === 'int') holder[key] = { type: pick(['long', 'float', 'double']) }; else if (here.type === 'long') holder[key] = { type: 'int' }; break
    case 2: if (here.type !== 'union' && !Array.isArray(holder) && here.type !== 'null') holder[key] = { type: 'union', branches: chance(0.5) ? [{ type: 'null' }, here] : [here, { type: 'null' }] }; break
    case 3: if (here.type === 'union') { if (chance(0.5)) holder[key] = pick(here.branches); else addBranch(s, here, type(s, 1)) } break
    case 4: if (here.type === 'union' && here.branches.length > 1) here.branches.splice(below(here.branches.length), 1); break
    case 5: { const d = pick(of('record')); if (d) addField(s, d, 1); break }
    case 6: { const d = pick(records); if (d) d.fields.splice(below(d.fields.length), 1); break }
    case 7: {
      const d = pick(records)
      if (!d) break
      const f = pick(d.fields)
      if (chance(0.5)) f.aliases.push(f.name)
      f.name = `f${s.next++}`
      break
    }
    case 8: { const d = pick(of('enum')); if (d) { if (chance(0.5)) d.symbols.push(`S${d.symbols.length}`); else if (d.symbols.length > 1) d.symbols.splice(below(d.symbols.length), 1) } break }
    case 9: { const d = pick(of('enum')); if (d) d.default = d.default ? undefined : d.symbols[0]; break }
    case 10: { const d = pick(of('fixed')); if (d) d.size++; break }
    case 11: {
      const d = pick(defs)
      if (!d) break
      if (chance(0.5)) d.aliases.push(d.namespace ? `${d.namespace}.${d.name}` : d.name)
      d.name = `M${s.next++}`
      break
    }
    case 12: { const d = pick(records); if (d) { const f = pick(d.fields); f.hasDefault = !f.hasDefault } break }
    case 13: holder[key] = type(s, 2); break
  }
}

// Whether a record holds itself without a way out: then it has no values, and nothing can be shown about it.
function hollow(s) {
  const full = new Set()
  const filled = t => (t.ref ? s.defs[t.ref].kind !== 'record' || full.has(t.ref) : t.type !== 'union' || t.branches.some(filled))
  for (let size = -1; size !== full.size;) {
    size = full.size
    for (const [key, d] of Object.entries(s.defs)) if (d.kind === 'record' && d.fields.every(f => filled(f.type))) full.add(key)
  }
  return Object.entries(s.defs).some(([key, d]) => d.kind === 'record' && !full.has(key))
}

function pairOf() {
  const before = { next: 0, defs: {}, root: null, spaces: chance(0.3) } // within a namespace, types without one have no name
  before.root = chance(0.85) ? define(before, 3) : type(before, 3)
  const after = structuredClone(before)
  if (chance(0.03)) after.root = type(after, 3)
  else for (let i = below(4); i > 0; i--) mutate(after)
  return { old: render(before), new: render(after), hollow: hollow(before) || hollow(after) }
}

const counts = { pairs: 0, refused: 0, compatible: 0, breaks: 0, changes: 0, proved: 0, unproved: 0, behaviour: 0, canonical: 0, ambiguous: 0 }
const problems = []
function problem(what, pair, more) {
  if (problems.length < 20) problems.push({ what, pair, ...more })
  counts.problems = (counts.problems ?? 0) + 1
}
function make(schema) {
  try { return avsc.Type.forSchema(structuredClone(schema), { wrapUnions: true }) } catch (e) { return e }
}
function resolver(reader, writer) {
  try { return reader.createResolver(writer, { ignoreNamespaces: true }) } catch (e) { return e }
}
function checkWitness(x, types, pair) {
  const writer = types[x.witness.written_by], reader = types[x.witness.written_by === 'old' ? 'new' : 'old']
  const bytes = Buffer.from(x.witness.binary, 'hex')
  try {
    writer.fromBuffer(bytes)
    const again = writer.toBuffer(writer.fromString(JSON.stringify(x.witness.record)))
    if (!again.equals(bytes)) problem('JSON and bytes of a witness differ', pair, { x, again: again.toString('hex') })
  } catch (e) {
    problem(`the writer does not know its record: ${e.message}`, pair, { x })
    return
  }
  const r = resolver(reader, writer)
  if (r instanceof Error) return
  let read
  try { read = reader.fromBuffer(bytes, r) } catch { return }
  if (x.wire) problem('a witness can be read', pair, { x, read: String(read) })
}
function judge(pair, answer) {
  const types = { old: make(pair.old), new: make(pair.new) }
  counts.pairs++
  if (types.old instanceof Error || types.new instanceof Error) {
    counts.refused++
    // avsc cannot check the default of a record that is not finished.
    const why = String([types.old, types.new].find(t => t instanceof Error))
    if (/Cannot read properties of undefined/.test(why)) return
    if (!answer.error) problem('avsc refuses a schema that Pleach takes', pair, { why })
    return
  }
  if (answer.error) { problem(`Pleach refuses what avsc takes: ${answer.error}`, pair); return }
  for (const side of ['old', 'new']) {
    counts.canonical++
    const canonical = JSON.stringify(types[side].schema())
    if (canonical !== answer[side].canonical) problem('canonical forms differ', pair, { side, avsc: canonical, pleach: answer[side].canonical })
    const fingerprint = types[side].fingerprint('sha256').toString('hex')
    if (fingerprint !== answer[side].sha256) problem('fingerprints differ', pair, { side })
    const normal = make(JSON.parse(answer[side].normal))
    if (normal instanceof Error || JSON.stringify(normal.schema()) !== canonical) problem('the normal form is another schema', pair, { side, normal: answer[side].normal })
  }
  const breaks = answer.changes.filter(c => c.level === 'breaking')
  counts.changes += breaks.length
  for (const x of breaks) {
    if (!x.wire) counts.behaviour++
    if (x.state === 'proved') { counts.proved++; checkWitness(x, types, pair) } else {
      counts.unproved++
      if (!pair.hollow) problem('a break of records that have values, without proof', pair, { x })
    }
  }
  for (const [bit, reader, writer] of [[1, types.new, types.old], [2, types.old, types.new]]) {
    const r = resolver(reader, writer), ours = breaks.filter(c => c.wire && c.directions & bit)
    if (r instanceof Error && /ambiguous aliasing/.test(r.message)) { counts.ambiguous++; continue }
    if (ours.length) counts.breaks++
    else counts.compatible++
    if (r instanceof Error && !ours.length) problem(`a missed break: ${r.message}`, pair, { bit })
    // avsc registers a resolver of two records before it is made and keeps it when that fails within a union; such a one fails when it reads.
    if (!(r instanceof Error) && ours.length && !pair.hollow && ours.some(c => c.state !== 'proved')) problem('a break that avsc does not see, without proof', pair, { bit, ours })
  }
}

const child = spawn(tool, { stdio: ['pipe', 'pipe', 'inherit'] })
const waiting = []
let sent = 0
const feed = () => {
  while (waiting.length < 64 && sent < COUNT) {
    const pair = pairOf()
    waiting.push(pair)
    sent++
    child.stdin.write(JSON.stringify(pair) + '\n')
  }
  if (sent === COUNT) child.stdin.end()
}
feed()
for await (const line of createInterface({ input: child.stdout })) {
  judge(waiting.shift(), JSON.parse(line))
  feed()
}
if (waiting.length) problem('the tool ended early', waiting[0])
for (const p of problems) console.log(JSON.stringify(p))
console.log(JSON.stringify(counts))
process.exitCode = problems.length ? 1 : 0
