/**
 * Statements, and their tokens grouped by brackets: all the structure that the rewriting rules need.
 */
import { lex, syntaxError, type Token } from './lexer.ts';

export interface Group {
  readonly kind: 'group';
  readonly bracket: '(' | '[' | '{';
  readonly children: readonly Node[];
  readonly start: number;
  readonly end: number;
}

export type Node = Token | Group;

export interface Statement {
  /** The whole request's text; places of nodes refer to it. */
  readonly source: string;
  /** This statement's own text, without comments around it and without its semicolon. */
  readonly text: string;
  readonly nodes: readonly Node[];
  /** How many `?` stand in the request before this statement. */
  readonly bindsBefore: number;
}

const CLOSING = { '(': ')', '[': ']', '{': '}' } as const;

/**
 * Splits a request's text into statements; empty ones are left out.
 * @throws SnowflakeError 001003 where brackets do not pair
 */
export function parseStatements(source: string): Statement[] {
  const statements: Statement[] = [];
  let tokens: Token[] = [];
  let bindsBefore = 0;
  const finish = (): void => {
    const first = tokens[0];
    const last = tokens.at(-1);
    if (first && last) {
      statements.push({ source, text: source.slice(first.start, last.end), nodes: group(source, tokens), bindsBefore });
      bindsBefore += tokens.filter((token) => token.kind === 'bind').length;
    }
    tokens = [];
  };
  for (const token of lex(source)) {
    if (token.kind === 'operator' && token.value === ';') finish();
    else tokens.push(token);
  }
  finish();
  return statements;
}

function group(source: string, tokens: readonly Token[]): Node[] {
  let index = 0;
  return read(undefined);

  function read(open: Token | undefined): Node[] {
    const nodes: Node[] = [];
    while (index < tokens.length) {
      const token = tokens[index++] as Token;
      if (token.kind !== 'operator') {
        nodes.push(token);
      } else if (token.value === '(' || token.value === '[' || token.value === '{') {
        const children = read(token);
        const close = tokens[index - 1] as Token;
        nodes.push({ kind: 'group', bracket: token.value, children, start: token.start, end: close.end });
      } else if (token.value === ')' || token.value === ']' || token.value === '}') {
        if (open && CLOSING[open.value as '('] === token.value) return nodes;
        throw syntaxError(source, token.start, `'${token.value}'`);
      } else {
        nodes.push(token);
      }
    }
    if (open) throw syntaxError(source, source.length, `'<EOF>', ${CLOSING[open.value as '(']} is missing`);
    return nodes;
  }
}

export function isWord(
  node: Node | undefined,
  ...values: readonly string[]
): node is Token & { readonly kind: 'word' } {
  return node?.kind === 'word' && (values.length === 0 || values.includes(node.value));
}

export function isOperator(
  node: Node | undefined,
  ...values: readonly string[]
): node is Token & { readonly kind: 'operator' } {
  return node?.kind === 'operator' && values.includes(node.value);
}

export function isGroup(node: Node | undefined, bracket: Group['bracket'] = '('): node is Group {
  return node?.kind === 'group' && node.bracket === bracket;
}

export function isName(node: Node | undefined): node is Token & { readonly kind: 'word' | 'quoted' } {
  return node?.kind === 'word' || node?.kind === 'quoted';
}

/** Splits at the commas (or another operator) of this level; an empty list gives no parts. */
export function splitAt(nodes: readonly Node[], operator = ','): (readonly Node[])[] {
  if (nodes.length === 0) return [];
  const parts: Node[][] = [[]];
  for (const node of nodes) {
    if (isOperator(node, operator)) parts.push([]);
    else parts.at(-1)?.push(node);
  }
  return parts;
}

/** The text that the nodes were read from, as it was written. */
export function sourceOf(source: string, nodes: readonly Node[]): string {
  const first = nodes[0];
  const last = nodes.at(-1);
  return first && last ? source.slice(first.start, last.end) : '';
}
