/**
 * The functions that the warehouse knows, by Snowflake's name. A name that is not here is an error (002140); none is
 * handed to DuckDB unseen, whose function of the same name may mean something else.
 */
import { compilationError, type SnowflakeError } from '../errors.ts';
import { rewriteOperand } from './expression.ts';
import { aggregateFunctions } from './functions-aggregate.ts';
import { arrayFunctions } from './functions-array.ts';
import { binaryFunctions } from './functions-binary.ts';
import { conditionalFunctions } from './functions-conditional.ts';
import { contextFunctions } from './functions-context.ts';
import { conversionFunctions } from './functions-conversion.ts';
import { dateFunctions } from './functions-date.ts';
import { jsonFunctions } from './functions-json.ts';
import { numberFunctions } from './functions-number.ts';
import { objectFunctions } from './functions-object.ts';
import { regexpFunctions } from './functions-regexp.ts';
import { statisticsFunctions } from './functions-statistics.ts';
import { textFunctions } from './functions-text.ts';
import { timestampFunctions } from './functions-timestamp.ts';
import { windowFunctions } from './functions-window.ts';
import type { Operand } from './operand.ts';
import type { Scope } from './scope.ts';
import type { Group, Node } from './tree.ts';

export interface Call {
  readonly name: string;
  /** The arguments as they stand in the statement. */
  readonly nodes: readonly (readonly Node[])[];
  readonly scope: Scope;
  /** The whole call as it was written, for messages. */
  readonly text: string;
  readonly offset: number;
  /** What stands in WITHIN GROUP (…). */
  readonly within: readonly Node[] | undefined;
  readonly ignoreNulls: boolean;
  /** All arguments rewritten. */
  operands(): readonly Operand[];
  /** One argument rewritten, for rules whose arguments are not all expressions. */
  rewrite(nodes: readonly Node[]): Operand;
}

export type FunctionRule = (call: Call) => Operand;

const RULES: Readonly<Record<string, FunctionRule>> = {
  ...aggregateFunctions(),
  ...arrayFunctions(),
  ...binaryFunctions(),
  ...conditionalFunctions(),
  ...contextFunctions(),
  ...conversionFunctions(),
  ...dateFunctions(),
  ...jsonFunctions(),
  ...numberFunctions(),
  ...objectFunctions(),
  ...regexpFunctions(),
  ...statisticsFunctions(),
  ...textFunctions(),
  ...timestampFunctions(),
  ...windowFunctions(),
};

export interface CallOptions {
  readonly within?: readonly Node[] | undefined;
  readonly ignoreNulls?: boolean;
  /** Arguments that are rewritten already. */
  readonly given?: readonly Operand[];
}

/** `group` is the brackets of the call, where it has any. */
export function callFunction(
  name: string,
  nodes: readonly (readonly Node[])[],
  scope: Scope,
  group: Group | undefined,
  { within, ignoreNulls = false, given }: CallOptions = {},
): Operand {
  const rule = Object.hasOwn(RULES, name) ? RULES[name] : undefined;
  if (!rule) throw unknownFunction(name);
  const rewrite = (part: readonly Node[]): Operand => rewriteOperand(part, scope);
  let operands = given;
  return rule({
    name,
    nodes,
    scope,
    text: `${name}${group ? scope.source.slice(group.start, group.end) : ''}`,
    offset: Math.max(0, (group?.start ?? 0) - name.length),
    within,
    ignoreNulls,
    rewrite,
    operands: () => {
      operands ??= nodes.map(rewrite);
      return operands;
    },
  });
}

export function isFunction(name: string): boolean {
  return Object.hasOwn(RULES, name);
}

/** Every function's name, in order. */
export function functionNames(): string[] {
  return Object.keys(RULES).sort();
}

export function wrongArguments(call: Call): SnowflakeError {
  return compilationError(
    'invalidArguments',
    `Invalid argument types or number of arguments for function '${call.name}'.`,
  );
}

/** A form of a function that is not known here, though the function is. */
export function unknownForm(call: Call, form: string): SnowflakeError {
  return compilationError(
    'unsupported',
    `Unsupported feature: the embedded warehouse does not know ${call.name} ${form}.`,
  );
}

function unknownFunction(name: string): SnowflakeError {
  return compilationError(
    'unknownFunction',
    `Unknown function ${name}. If Snowflake has it, the embedded warehouse does not know it yet.`,
  );
}
