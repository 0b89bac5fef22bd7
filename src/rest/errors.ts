/**
 * Every error answer of REST: `{ error_code, message }`, where the code is the HTTP status, as Kafka Connect has it.
 * What the caller did wrong is told in full; what went wrong inside is logged and answered without detail.
 */
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { type ConnectErrorCode, connectErrors } from '../runtime/errors.ts';
import type { Logger } from '../sdk/index.ts';
import { describeInvalid } from './schema-errors.ts';

/** An error with the status and the text of its answer. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly statusCode: number;

  constructor(statusCode: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.statusCode = statusCode;
  }
}

/** The texts of Kafka Connect's router, by status. */
const routerTexts: Readonly<Record<number, string>> = {
  404: 'HTTP 404 Not Found',
  405: 'HTTP 405 Method Not Allowed',
  406: 'HTTP 406 Not Acceptable',
  415: 'HTTP 415 Unsupported Media Type',
};

/** An answer of the router itself: no such path, method or media type. */
export function routerError(status: 404 | 405 | 406 | 415): HttpError {
  return new HttpError(status, routerTexts[status] ?? `HTTP ${status}`);
}

/** Fastify's own refusals in our words; a code that is not here keeps Fastify's text. */
const frameworkTexts: Readonly<Record<string, string>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'HTTP 415 Unsupported Media Type',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'The body does not have the length that Content-Length says',
  FST_ERR_BAD_URL: 'The path is not a valid URL: check its percent encoding',
  FST_ERR_MAX_PARAM_LENGTH: 'The path is too long',
};

/** What an app allows, for the messages. */
interface Limits {
  readonly bodyLimit: number;
  readonly answerWithinMs: number;
}

interface ErrorBody {
  readonly error_code: number;
  readonly message: string;
}

/** The answer to any thrown value. Never throws; told apart by code, since an error may come from another package. */
function answerOf(error: unknown, { bodyLimit, answerWithinMs }: Limits): ErrorBody {
  if (error instanceof HttpError) return { error_code: error.statusCode, message: error.message };
  const { code, statusCode, message, validation } = Object(error) as Partial<FastifyError>;
  if (isConnectCode(code)) return { error_code: connectErrors[code].status, message: message ?? code };
  if (validation !== undefined) return { error_code: 400, message: describeInvalid(validation) };
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return { error_code: 413, message: `The body is larger than the ${bodyLimit} bytes that are taken` };
  }
  if (code === 'FST_ERR_HANDLER_TIMEOUT') {
    const waited = `it was not done within ${answerWithinMs / 1000} s, and may still be: look, and try again`;
    return { error_code: 500, message: `Request timed out: ${waited}` };
  }
  if (typeof code === 'string' && code.startsWith('FST_') && statusCode !== undefined && statusCode < 500) {
    return { error_code: statusCode, message: frameworkTexts[code] ?? message ?? code };
  }
  return { error_code: 500, message: 'The worker failed to answer this request: its log says why' };
}

/** Fastify's error handler: answers, and logs what was not the caller's fault. */
export function errorHandler(log: Logger, limits: Limits) {
  return (error: unknown, request: FastifyRequest, reply: FastifyReply): void => {
    const body = answerOf(error, limits);
    if (body.error_code === 500 && !isForeseen(error)) {
      // JSON.stringify keeps a line break of the client's URL from forging a line of the log.
      log.error(`${request.method} ${JSON.stringify(request.url)} failed`, { error: stackOf(error) });
    }
    if (body.error_code === 503) reply.header('retry-after', '1');
    void reply.code(body.error_code).type('application/json').send(body);
  };
}

/** Runs an operation of the worker; what it does not find is answered in the words that Connect has for this route. */
export async function orNotFound<T>(message: string, operation: () => T | Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    if (codeOf(error) !== 'NOT_FOUND') throw error;
    throw new HttpError(404, message, { cause: error });
  }
}

/** The code of a thrown value; undefined when it has none. */
export const codeOf = (error: unknown): unknown => (Object(error) as { readonly code?: unknown }).code;

const isConnectCode = (code: unknown): code is ConnectErrorCode =>
  typeof code === 'string' && Object.hasOwn(connectErrors, code);

/** An answer that says itself what went wrong. */
const isForeseen = (error: unknown): boolean =>
  isConnectCode(codeOf(error)) || codeOf(error) === 'FST_ERR_HANDLER_TIMEOUT';

const stackOf = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));
