// Random GraphQL schemas, small random changes to them, and random queries: what the campaign and the seeded test share. Everything follows from the seed.
export const random = (seed) => {
  let a = seed >>> 0;
  const next = () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const r = { next, int: (n) => Math.floor(next() * n), chance: (p) => next() < p, pick: (list) => list[Math.floor(next() * list.length)] };
  return r;
};

const SCALARS = ['Int', 'Float', 'String', 'Boolean', 'ID', 'Date'];
const copy = (x) => JSON.parse(JSON.stringify(x));
const wrap = (r, name, required = 0.3) => {
  let t = name + (r.chance(required) ? '!' : '');
  if (r.chance(0.2)) t = `[${t}]` + (r.chance(required) ? '!' : '');
  return t;
};
export const bare = (t) => t.replace(/[[\]!]/g, '');

const literal = (r, s, type, depth = 0) => {
  if (!type.endsWith('!') && r.chance(0.1)) return 'null';
  const t = type.replace(/!$/, '');
  if (t.startsWith('[')) return r.chance(0.3) ? literal(r, s, t.slice(1, -1) + (t.slice(1, -1).endsWith('!') ? '' : '!'), depth) : `[${r.chance(0.5) ? literal(r, s, t.slice(1, -1), depth) : ''}]`;
  switch (t) {
    case 'Int': return String(r.int(5));
    case 'Float': return r.pick(['1', '2.5']);
    case 'String': case 'Date': return '"x"';
    case 'Boolean': return r.pick(['true', 'false']);
    case 'ID': return r.pick(['"a"', '7']);
    default:
  }
  const d = s.types[t];
  if (!d || d.kind === 'scalar') return '"x"';
  if (d.kind === 'enum') return r.pick(d.values);
  if (depth > 3) return '{}';
  const names = Object.keys(d.fields);
  if (d.oneOf) {
    const n = r.pick(names);
    return `{${n}: ${literal(r, s, d.fields[n].type.replace(/!?$/, '!'), depth + 1)}}`;
  }
  return `{${names.filter((n) => (d.fields[n].type.endsWith('!') && d.fields[n].value === undefined) || r.chance(0.3)).map((n) => `${n}: ${literal(r, s, d.fields[n].type, depth + 1)}`).join(', ')}}`;
};

const inputTypes = (s) => [...SCALARS, ...Object.keys(s.types).filter((n) => ['enum', 'input'].includes(s.types[n].kind))];
const outputTypes = (s) => [...SCALARS, ...Object.keys(s.types).filter((n) => ['enum', 'object', 'interface', 'union'].includes(s.types[n].kind) && !s.roots.includes(n))];

const argument = (r, s, names = inputTypes(s)) => {
  const a = { type: wrap(r, r.pick(names)) };
  if (r.chance(0.25)) a.value = literal(r, s, a.type);
  return a;
};
const field = (r, s) => {
  const f = { type: wrap(r, r.pick(outputTypes(s))), args: {} };
  for (let i = r.int(5) - 2; i > 0; i--) f.args[r.pick(['p', 'q', 'r'])] = argument(r, s);
  return f;
};
const fieldName = (r) => r.pick(['a', 'b', 'c', 'd', 'e', 'f']);

export const makeSchema = (r) => {
  const s = { types: {}, roots: ['Query'], directives: {} };
  s.types.Color = { kind: 'enum', values: ['RED', 'GREEN', 'BLUE'] };
  s.types.Size = { kind: 'enum', values: ['S', 'M'] };
  for (const n of ['In', 'Deep']) s.types[n] = { kind: 'input', fields: {}, oneOf: r.chance(0.2) };
  for (const n of ['Deep', 'In']) {
    const t = s.types[n];
    for (let i = 1 + r.int(3); i > 0; i--) {
      const f = argument(r, s, n === 'In' ? inputTypes(s).filter((x) => x !== 'In') : [...SCALARS, 'Color']);
      if (t.oneOf) { f.type = f.type.replace(/!$/, ''); delete f.value; }
      t.fields[fieldName(r)] = f;
    }
  }
  for (const n of ['Node', 'Named']) s.types[n] = { kind: 'interface', fields: {}, links: [] };
  for (const n of ['Apple', 'Pear', 'Plum', 'Fig']) s.types[n] = { kind: 'object', fields: {}, links: [] };
  s.types.Any = { kind: 'union', links: [] };
  for (const n of ['Node', 'Named']) for (let i = 1 + r.int(2); i > 0; i--) s.types[n].fields[fieldName(r)] = field(r, s);
  for (const n of ['Apple', 'Pear', 'Plum', 'Fig']) {
    for (let i = 1 + r.int(3); i > 0; i--) s.types[n].fields[fieldName(r)] = field(r, s);
    for (const i of ['Node', 'Named']) {
      if (!r.chance(0.4)) continue;
      s.types[n].links.push(i);
      for (const [f, d] of Object.entries(s.types[i].fields)) s.types[n].fields[f] = copy(d);
    }
    if (r.chance(0.5)) s.types.Any.links.push(n);
  }
  if (!s.types.Any.links.length) s.types.Any.links.push('Apple');
  s.types.Query = { kind: 'object', fields: {}, links: [] };
  for (let i = 2 + r.int(4); i > 0; i--) s.types.Query.fields[r.pick(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'])] = field(r, s);
  if (r.chance(0.3)) {
    s.types.Mutation = { kind: 'object', fields: { a: field(r, s), b: field(r, s) }, links: [] };
    s.roots.push('Mutation');
  }
  if (r.chance(0.4)) s.directives.d = { repeatable: r.chance(0.4), on: ['FIELD', 'QUERY', 'INLINE_FRAGMENT', 'FRAGMENT_SPREAD'].filter(() => r.chance(0.6)), args: r.chance(0.5) ? { p: argument(r, s) } : {} };
  if (s.directives.d && !s.directives.d.on.length) s.directives.d.on.push('FIELD');
  return s;
};

const printArgs = (args) => {
  const list = Object.entries(args).map(([n, a]) => `${n}: ${a.type}${a.value === undefined ? '' : ` = ${a.value}`}`);
  return list.length ? `(${list.join(', ')})` : '';
};
export const print = (s) => {
  const out = ['scalar Date'];
  const roots = { Query: 'query', Mutation: 'mutation' };
  if (s.queryName) out.push(`schema { query: ${s.queryName}${s.types.Mutation ? ' mutation: Mutation' : ''} }`);
  for (const [n, t] of Object.entries(s.types)) {
    if (t.kind === 'enum') out.push(`enum ${n} { ${t.values.join(' ')} }`);
    else if (t.kind === 'union') out.push(`union ${n} = ${t.links.join(' | ')}`);
    else if (t.kind === 'input') out.push(`input ${n}${t.oneOf ? ' @oneOf' : ''} {\n${Object.entries(t.fields).map(([f, a]) => `  ${f}: ${a.type}${a.value === undefined ? '' : ` = ${a.value}`}`).join('\n')}\n}`);
    else if (t.kind === 'scalar') out.push(`scalar ${n}`);
    else out.push(`${t.kind === 'object' ? 'type' : 'interface'} ${n}${t.links.length ? ` implements ${t.links.join(' & ')}` : ''} {\n${Object.entries(t.fields).map(([f, d]) => `  ${f}${printArgs(d.args)}: ${d.type}`).join('\n')}\n}`);
  }
  for (const [n, d] of Object.entries(s.directives)) out.push(`directive @${n}${printArgs(d.args)}${d.repeatable ? ' repeatable' : ''} on ${d.on.join(' | ')}`);
  void roots;
  return out.join('\n') + '\n';
};

const rename = (s, from, to) => {
  const sub = (t) => t.replace(new RegExp(`\\b${from}\\b`), to);
  const types = {};
  for (const [n, t] of Object.entries(s.types)) {
    types[n === from ? to : n] = t;
    if (t.links) t.links = t.links.map((l) => (l === from ? to : l));
    for (const f of Object.values(t.fields ?? {})) {
      f.type = sub(f.type);
      for (const a of Object.values(f.args ?? {})) a.type = sub(a.type);
    }
  }
  for (const d of Object.values(s.directives)) for (const a of Object.values(d.args)) a.type = sub(a.type);
  s.types = types;
};

const rewrapped = (r, type) => {
  switch (r.int(5)) {
    case 0: return type.endsWith('!') ? type.slice(0, -1) : `${type}!`;
    case 1: return type.endsWith('!') ? type.slice(0, -1) : `${type}!`;
    case 2: return type.startsWith('[') ? type.replace(/!?\]/, (x) => (x === '!]' ? ']' : '!]')) : `[${type}]`;
    case 3: return type.startsWith('[') ? type.replace(/^\[|\]!?$/g, '') : `[${type}]!`;
    default: return `${type.replace(/!$/, '')}`;
  }
};

/* What happens to a field happens with some chance to the same field of the types that implement the interface, so that schemas stay valid. */
const everywhere = (s, name, field, change) => {
  const wanted = Object.keys(s.types[name].fields[field]?.args ?? {});
  change(s.types[name].fields);
  if (s.types[name].kind !== 'interface') return;
  for (const t of Object.values(s.types)) if (t.links?.includes(name) && t.fields[field] && wanted.every((a) => t.fields[field].args[a])) change(t.fields);
};

export const change = (r, s) => {
  const kinds = (k) => Object.keys(s.types).filter((n) => k.includes(s.types[n].kind));
  const owner = r.pick(kinds(['object', 'object', 'interface']));
  const fields = Object.keys(s.types[owner].fields);
  const f = r.pick(fields), def = s.types[owner].fields[f];
  const input = s.types[r.pick(kinds(['input']))], inField = r.pick(Object.keys(input.fields));
  const en = s.types[r.pick(kinds(['enum']))];
  const object = r.pick(kinds(['object']).filter((n) => !s.roots.includes(n)));
  const args = Object.keys(def.args), arg = r.pick(args);
  const d = s.directives.d;
  switch (r.int(30)) {
    case 0: return everywhere(s, owner, f, (x) => delete x[f]);
    case 1: { const n = fieldName(r), add = field(r, s); return s.types[owner].fields[n] ? undefined : everywhere(s, owner, n, (x) => (x[n] = copy(add))); }
    case 2: case 3: { const t = rewrapped(r, def.type); return everywhere(s, owner, f, (x) => (x[f].type = t)); }
    case 4: def.type = rewrapped(r, def.type); return undefined;
    case 5: { const t = wrap(r, r.pick(outputTypes(s))); return everywhere(s, owner, f, (x) => (x[f].type = t)); }
    case 6: return arg && everywhere(s, owner, f, (x) => delete x[f].args[arg]);
    case 7: { const n = r.pick(['p', 'q', 'r']), a = argument(r, s); return def.args[n] ? undefined : everywhere(s, owner, f, (x) => (x[f].args[n] = copy(a))); }
    case 8: { const t = arg && rewrapped(r, def.args[arg].type); return arg && everywhere(s, owner, f, (x) => { x[f].args[arg].type = t; }); }
    case 9: { const t = wrap(r, r.pick(inputTypes(s))); return arg && everywhere(s, owner, f, (x) => { x[f].args[arg] = { type: t }; }); }
    case 10: { const v = arg && literal(r, s, def.args[arg].type); return arg && everywhere(s, owner, f, (x) => { x[f].args[arg].value = x[f].args[arg].value === undefined ? v : undefined; }); }
    case 11: delete input.fields[inField]; return undefined;
    case 12: { const n = fieldName(r); if (!input.fields[n]) input.fields[n] = argument(r, s); return undefined; }
    case 13: case 14: input.fields[inField].type = rewrapped(r, input.fields[inField].type); return undefined;
    case 15: input.fields[inField] = argument(r, s); return undefined;
    case 16: { const x = input.fields[inField]; x.value = x.value === undefined ? literal(r, s, x.type) : undefined; return undefined; }
    case 17: input.oneOf = !input.oneOf; return undefined;
    case 18: en.values.splice(r.int(en.values.length), 1); return undefined;
    case 19: en.values.push(`NEW${r.int(9)}`); return undefined;
    case 20: { const l = s.types.Any?.links; if (l?.includes(object)) l.splice(l.indexOf(object), 1); else l?.push(object); return undefined; }
    case 21: s.types[object].links.splice(r.int(3), 1); return undefined;
    case 22: { const i = r.pick(kinds(['interface'])); if (i && !s.types[object].links.includes(i)) { s.types[object].links.push(i); Object.assign(s.types[object].fields, copy(s.types[i].fields)); } return undefined; }
    case 23: { // gone, with all that leads to it
      delete s.types[object];
      for (const t of Object.values(s.types)) {
        if (t.links) t.links = t.links.filter((l) => l !== object);
        for (const [n, x] of Object.entries(t.fields ?? {})) if (bare(x.type) === object) delete t.fields[n];
      }
      return undefined;
    }
    case 24: return rename(s, r.pick(kinds(['object', 'interface', 'union', 'enum', 'input']).filter((n) => !s.roots.includes(n))), 'Renamed');
    case 25: if (d) { if (r.chance(0.3)) delete s.directives.d; else if (r.chance(0.4)) d.on.splice(r.int(d.on.length), 1); else d.repeatable = !d.repeatable; } return undefined;
    case 26: if (d) { if (d.args.p && r.chance(0.4)) delete d.args.p; else if (d.args.p) d.args.p.type = rewrapped(r, d.args.p.type); else d.args.p = argument(r, s); } return undefined;
    case 27: if (s.types.Mutation && r.chance(0.5)) { delete s.types.Mutation; s.roots = ['Query']; } return undefined;
    case 28: if (!s.queryName) { rename(s, 'Query', 'Root'); s.queryName = 'Root'; s.roots[0] = 'Root'; } return undefined;
    default: { // another kind
      const n = r.pick(kinds(['enum', 'object', 'interface']).filter((x) => !s.roots.includes(x)));
      if (s.types[n].kind === 'enum') s.types[n] = { kind: 'scalar' };
      else if (s.types[n].kind === 'object' && !Object.values(s.types).some((t) => t.kind === 'union' && t.links.includes(n))) s.types[n] = { kind: 'interface', fields: s.types[n].fields, links: s.types[n].links };
      return undefined;
    }
  }
};

// ---- queries ----

const overlapping = (s, n) => {
  const objects = (x) => (s.types[x].kind === 'object' ? [x] : s.types[x].kind === 'union' ? s.types[x].links : Object.keys(s.types).filter((o) => s.types[o].kind === 'object' && s.types[o].links.includes(x)));
  const mine = objects(n);
  return Object.keys(s.types).filter((x) => ['object', 'interface', 'union'].includes(s.types[x].kind) && objects(x).some((o) => mine.includes(o)));
};

export const makeQuery = (r, s) => {
  const vars = [];
  const giveArgs = (args) => {
    const given = Object.entries(args).filter(([, a]) => (a.type.endsWith('!') && a.value === undefined) || r.chance(0.5)).map(([n, a]) => {
      if (!r.chance(0.4)) return `${n}: ${literal(r, s, a.type)}`;
      const type = a.type.endsWith('!') && a.value !== undefined && r.chance(0.6) ? a.type.slice(0, -1) : r.chance(0.3) ? a.type.replace(/!?$/, '!') : a.type;
      vars.push(`$v${vars.length}: ${type}`);
      return `${n}: $v${vars.length - 1}`;
    });
    return given.length ? `(${given.join(', ')})` : '';
  };
  const use = (place) => {
    const d = s.directives.d;
    if (!d?.on.includes(place) || !r.chance(0.15)) return '';
    return ` @d${giveArgs(d.args)}${d.repeatable && r.chance(0.5) ? ` @d${giveArgs(d.args)}` : ''}`;
  };
  const select = (n, depth, aliases) => {
    const t = s.types[n], out = [];
    for (let i = 1 + r.int(3); i > 0; i--) {
      const names = t.kind === 'union' ? [] : Object.keys(t.fields);
      if (depth < 4 && (names.length === 0 || r.chance(0.35))) {
        const on = r.pick(overlapping(s, n));
        if (on) out.push(`... on ${on}${use('INLINE_FRAGMENT')} { ${select(on, depth + 1, true)} }`);
      } else if (names.length) {
        const f = r.pick(names), d = t.fields[f], composite = ['object', 'interface', 'union'].includes(s.types[bare(d.type)]?.kind);
        const alias = aliases && r.chance(0.5) ? 'k: ' : r.chance(0.1) ? `${r.pick(['x', 'y'])}: ` : '';
        if (!composite) out.push(`${alias}${f}${giveArgs(d.args)}${use('FIELD')}`);
        else if (depth < 4) out.push(`${alias}${f}${giveArgs(d.args)}${use('FIELD')} { ${select(bare(d.type), depth + 1, aliases)} }`);
      }
    }
    return out.length ? out.join(' ') : '__typename';
  };
  const root = r.pick(s.roots), body = select(root, 0, false), at = use('QUERY');
  const word = root === 'Mutation' ? 'mutation' : 'query';
  return `${word}${vars.length ? `(${vars.join(', ')})` : ''}${word === 'query' ? at : ''} { ${body} }`;
};

export const makePair = (seed) => {
  const r = random(seed), before = makeSchema(r), after = copy(before);
  for (let i = r.chance(0.6) ? 1 : 2 + r.int(3); i > 0; i--) {
    // A schema that an earlier change has emptied is refused later; nothing more is changed in it.
    if (Object.values(after.types).some((t) => t.fields && !Object.keys(t.fields).length)) break;
    change(r, after);
  }
  return { r, before, oldText: print(before), newText: print(after) };
};
