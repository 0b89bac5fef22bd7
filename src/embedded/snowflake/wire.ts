/**
 * The JSON that snowflake-sdk sends and expects. Without `returned`, `rowset` and the format parameters it never calls
 * back or throws.
 */
import { SnowflakeError } from './errors.ts';
import type { QueryRecord } from './queries.ts';
import type { QueryAnswer, QueryRequest, Session } from './session.ts';
import type { SessionOptions } from './session-state.ts';
import type { Lifetimes, Tokens } from './sessions.ts';
import type { Bind, Bindings } from './sql/binds.ts';

export type Body = Readonly<Record<string, unknown>>;

/** What stands behind the question mark of a URL. */
export type Query = Readonly<Record<string, string | undefined>>;

/** The session that a login request of a user asks for. */
export function loginOptions(user: string, data: Body, query: Query): SessionOptions {
  const name = (value: string | undefined) =>
    value ? value.replace(/^"(.*)"$|^([^"]*)$/s, (_, quoted, plain) => quoted ?? plain.toUpperCase()) : undefined;
  return {
    user,
    account: textOf(data.ACCOUNT_NAME) || 'embedded',
    database: name(query.databaseName),
    schema: name(query.schemaName),
    warehouse: name(query.warehouse),
    role: name(query.roleName),
    parameters: readParameters(data.SESSION_PARAMETERS),
  };
}

export function loginAnswer({ id, state }: Session, tokens: Tokens, lifetimes: Lifetimes): Body {
  const { user, database, schema, warehouse, role } = state.facts;
  return {
    ...tokens,
    validityInSeconds: lifetimes.tokenSeconds,
    masterValidityInSeconds: lifetimes.masterSeconds,
    displayUserName: user,
    serverVersion: '9.0.0 embedded',
    sessionId: Number(id),
    parameters: state.parameters.forClient(),
    sessionInfo: {
      databaseName: database ?? null,
      schemaName: schema ?? null,
      warehouseName: warehouse ?? null,
      roleName: role,
    },
  };
}

/** A request that no driver sends: answered with HTTP 400 and what is wrong with it. */
export class BadRequest extends Error {
  readonly statusCode = 400;
}

/** A value of a request as text: another type than the driver's is its JSON, and never an error. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : value === undefined || value === null ? '' : JSON.stringify(value);
}

function isObject(value: unknown): value is Body {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Parameters of a login or of one request, as text. @throws BadRequest */
export function readParameters(value: unknown = {}): Record<string, string> {
  if (value === null) return {};
  if (!isObject(value)) throw new BadRequest('The parameters of the request are not a JSON object.');
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => {
      return [name.toUpperCase(), typeof each === 'string' ? each : JSON.stringify(each)];
    }),
  );
}

/** @throws BadRequest */
function readBindings(value: unknown = {}): Bindings {
  const isValue = (each: unknown): each is string | null => each === null || typeof each === 'string';
  if (value === null) return {};
  if (!isObject(value)) throw new BadRequest('The bindings of the request are not a JSON object.');
  const bindings: Record<string, Bind> = {};
  for (const [name, bind] of Object.entries(value)) {
    const { type, value: bound } = isObject(bind) ? bind : {};
    const isBind = isValue(bound) || (Array.isArray(bound) && bound.every(isValue));
    if (typeof type !== 'string' || !isBind)
      throw new BadRequest(
        `The bind variable ${name} of the request has no type, or no text (or texts) for its value.`,
      );
    bindings[name] = { type, value: bound };
  }
  return bindings;
}

/** @throws BadRequest */
export function readQuery(body: Body): QueryRequest {
  if (body.bindStage !== undefined && body.bindStage !== null) {
    throw new SnowflakeError('unsupported', 'The embedded warehouse does not know binds through a stage.');
  }
  const { sqlText = '' } = body;
  if (typeof sqlText !== 'string') throw new BadRequest('The sqlText of the request is not a text.');
  return {
    sqlText,
    bindings: readBindings(body.bindings),
    describeOnly: body.describeOnly === true,
    parameters: readParameters(body.parameters),
  };
}

export function answerData(answer: QueryAnswer): Body {
  const { result, queryId, children } = answer;
  return {
    parameters: answer.parameters,
    rowtype: result.rowType,
    rowset: result.rows,
    total: result.rows.length,
    returned: result.rows.length,
    queryId,
    statementTypeId: result.statementType,
    version: 1,
    finalDatabaseName: answer.database ?? null,
    finalSchemaName: answer.schema ?? null,
    finalWarehouseName: answer.warehouse ?? null,
    finalRoleName: answer.role,
    queryResultFormat: 'json',
    ...(children.length > 0 && {
      resultIds: children.map((child) => child.queryId).join(','),
      resultTypes: children.map((child) => child.statementType).join(','),
    }),
  };
}

/** What becomes of a statement, as `getQueryStatus` reads it. */
export function queryState({ queryId, status, sessionId, text, startedAt, endedAt, error }: QueryRecord): Body {
  return {
    id: queryId,
    status,
    sessionId: Number(sessionId),
    sqlText: text,
    startTime: startedAt.getTime(),
    endTime: endedAt?.getTime() ?? 0,
    ...(error && { errorCode: error.code, errorMessage: error.message }),
  };
}

export function success(data: unknown): Body {
  return { data, code: null, message: null, success: true };
}

export function pending(code: '333333' | '333334', queryId: string): Body {
  const data = { queryId, getResultUrl: `/queries/${queryId}/result`, queryAbortsAfterSecs: 300 };
  return { data, code, message: 'Query execution in progress.', success: true };
}

export function failure(error: SnowflakeError, queryId?: string): Body {
  const { code, sqlState, type, line, position } = error;
  return {
    data: {
      errorCode: code,
      sqlState,
      type,
      line,
      pos: position,
      internalError: false,
      ...(queryId !== undefined && { queryId }),
    },
    code,
    message: error.message,
    success: false,
  };
}
