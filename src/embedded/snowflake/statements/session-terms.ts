/**
 * What only the session can say in a statement: `$name`, IDENTIFIER(…), LAST_QUERY_ID(), RESULT_SCAN and the SYSTEM$
 * functions. They become literals and names before any rule of SQL sees the statement; the places of the nodes stay, so
 * that columns keep their names.
 *
 * A SYSTEM$ function does its work once for each statement that holds it, whatever rows that has, and nothing when the
 * statement is only described.
 */
import { compilationError, unknownConstruct } from '../errors.ts';
import type { ResultSet } from '../results.ts';
import { lex, type Token } from '../sql/lexer.ts';
import { type Group, isGroup, isName, isOperator, isWord, type Node, type Statement, splitAt } from '../sql/tree.ts';
import type { StatementContext } from './context.ts';
import { queryHistory, resultOfQuery } from './query-history.ts';
import { SYSTEM_FUNCTIONS } from './system-functions.ts';
import { literalOf, type Place, place, textLiteral } from './terms.ts';

/** Anything that this file replaces; most statements have none of it. */
const TERMS =
  /\$|\b(?:IDENTIFIER|LAST_QUERY_ID|CURRENT_TRANSACTION|LAST_TRANSACTION|CURRENT_STATEMENT|GETVARIABLE|RESULT_SCAN|QUERY_HISTORY)|\bTABLE\s*\(/i;

/** The statement with its terms replaced, and the results that it reads as tables. */
export async function resolveTerms(context: StatementContext): Promise<StatementContext> {
  const { statement } = context;
  if (!TERMS.test(statement.text)) return context;
  const resolver = new TermResolver(context, numberBinds(statement));
  const nodes = await resolver.resolve(resolver.nodes);
  return { ...context, statement: { ...statement, nodes }, results: resolver.results };
}

/** Gives each `?` its number: a name that came from one of them leaves a gap. */
function numberBinds(statement: Statement): readonly Node[] {
  if (!/\b(?:IDENTIFIER|TABLE)\s*\(\s*\?/i.test(statement.text)) return statement.nodes;
  let last = statement.bindsBefore;
  const number = (nodes: readonly Node[]): Node[] =>
    nodes.map((node) => {
      if (node.kind === 'group') return { ...node, children: number(node.children) };
      return node.kind === 'bind' && node.value === '' ? { ...node, value: String(++last) } : node;
    });
  return number(statement.nodes);
}

class TermResolver {
  readonly nodes: readonly Node[];
  readonly results = new Map<string, ResultSet>();
  readonly #context: StatementContext;

  constructor(context: StatementContext, nodes: readonly Node[]) {
    this.#context = context;
    this.nodes = nodes;
  }

  async resolve(nodes: readonly Node[]): Promise<Node[]> {
    const resolved: Node[] = [];
    for (let index = 0; index < nodes.length; ) {
      const node = nodes[index] as Node;
      const next = nodes[index + 1];
      if (isOperator(node, '$') && isName(next) && next.start === node.end) {
        resolved.push(this.#variable(next.value, place(node, next)));
        index += 2;
      } else if (isWord(node) && isGroup(next)) {
        const call = await this.#call(node, next);
        resolved.push(...(call ?? [node, await this.#group(next)]));
        index += 2;
      } else {
        resolved.push(node.kind === 'group' ? await this.#group(node) : node);
        index++;
      }
    }
    return resolved;
  }

  async #group(group: Group): Promise<Group> {
    return { ...group, children: await this.resolve(group.children) };
  }

  #variable(name: string, at: Place): Node {
    const variable = this.#context.session.variables.get(name);
    if (!variable) throw compilationError('variableMissing', `Session variable '$${name}' does not exist`);
    return literalOf(variable.type, variable.value, at);
  }

  async #call(word: Token, group: Group): Promise<readonly Node[] | undefined> {
    const at = place(word, group);
    if (word.value === 'TABLE') return this.#table(word, group, at);
    if (word.value === 'IDENTIFIER') return this.#name(await this.resolve(group.children), at);
    if (word.value.startsWith('SYSTEM$') || Object.hasOwn(SYSTEM_FUNCTIONS, word.value)) {
      const run = Object.hasOwn(SYSTEM_FUNCTIONS, word.value) ? SYSTEM_FUNCTIONS[word.value] : undefined;
      if (!run) throw unknownConstruct(word.value);
      const arguments_ = splitAt(await this.resolve(group.children)).map((nodes) => constantOf(nodes, word.value));
      const isDescription = this.#context.describeOnly && word.value.startsWith('SYSTEM$');
      return [textLiteral(isDescription ? '' : await run(this.#context, arguments_), at)];
    }
    return undefined;
  }

  /** `TABLE(RESULT_SCAN('id'))`, `TABLE(INFORMATION_SCHEMA.QUERY_HISTORY())`, `TABLE('name')`. */
  async #table(word: Token, group: Group, at: Place): Promise<readonly Node[]> {
    const children = await this.resolve(group.children);
    const [first] = children;
    const arguments_ = children.at(-1);
    const name = children.at(-2);
    if (children.length === 1 && (first?.kind === 'string' || first?.kind === 'bind')) return this.#name(children, at);
    const unchanged = [word, { ...group, children }];
    if (!isWord(name) || !isGroup(arguments_)) return unchanged;
    if (name.value === 'RESULT_SCAN') {
      const id = constantOf(arguments_.children, name.value) ?? '';
      return [this.#result(`result of ${id}`, await resultOfQuery(this.#context, id), at)];
    }
    if (name.value.startsWith('QUERY_HISTORY')) {
      const history = queryHistory(this.#context, name.value, splitAt(arguments_.children));
      return [this.#result(`query history ${at.start}`, history, at)];
    }
    return unchanged;
  }

  #result(name: string, result: ResultSet, at: Place): Node {
    this.results.set(name, result);
    return { kind: 'quoted', value: name, ...at };
  }

  /** The names in a text: `db.schema."Table"`. */
  #name(nodes: readonly Node[], at: Place): readonly Node[] {
    const [node, ...more] = nodes;
    const bind = node?.kind === 'bind' ? this.#context.bindings[node.value]?.value : undefined;
    const text = node?.kind === 'string' ? node.value : bind;
    if (typeof text !== 'string' || more.length > 0)
      throw compilationError('syntax', 'syntax error: IDENTIFIER needs a text, a bind or a session variable.');
    const tokens = lex(text);
    const isPath = tokens.every((token) => isName(token) || isOperator(token, '.'));
    if (tokens.length === 0 || !isPath) throw compilationError('syntax', `syntax error: '${text}' is not a name.`);
    return tokens.map((token) => ({ ...token, ...at }));
  }
}

/** An argument of a function that is answered here: a literal, as text; NULL and none are undefined. */
function constantOf(nodes: readonly Node[], name: string): string | undefined {
  const [first, ...rest] = nodes;
  if (first === undefined) return undefined;
  if (isGroup(first) && rest.length === 0) return constantOf(first.children, name);
  if (isOperator(first, '-')) return `-${constantOf(rest, name)}`;
  if (isWord(first, 'NULL') && (rest.length === 0 || isOperator(rest[0], '::'))) return undefined;
  if ((first.kind === 'string' || first.kind === 'number') && rest.length === 0) return first.value;
  throw compilationError('invalidArguments', `The embedded warehouse knows ${name} with constant arguments only.`);
}
