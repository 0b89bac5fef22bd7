/**
 * The schemas of requests, each compiled when the first request comes that it is for: compiling all of them would be a
 * twentieth of a worker's start. Nothing is coerced, removed or filled in. All errors are told, with what they are about.
 */
import { Ajv, type ValidateFunction } from 'ajv';
import addFormatsModule from 'ajv-formats';
import type { FastifySchemaCompiler } from 'fastify';

// ajv-formats is CommonJS: its types and its runtime disagree about `default`.
const addFormats = addFormatsModule as unknown as typeof addFormatsModule.default;

/** What fastify makes a route's checks with. */
export function createValidatorCompiler(): FastifySchemaCompiler<object> {
  let ajv: Ajv | undefined;
  const compile = (schema: object): ValidateFunction => {
    if (ajv === undefined) {
      ajv = new Ajv({ allErrors: true, verbose: true, allowUnionTypes: true, addUsedSchema: false });
      addFormats(ajv);
    }
    return ajv.compile(schema);
  };

  return ({ schema }) => {
    let validate: ValidateFunction | undefined;
    // Fastify reads the errors from the function, as ajv leaves them there.
    const check = (data: unknown): boolean => {
      validate ??= compile(schema);
      const isValid = validate(data);
      checking.errors = validate.errors ?? null;
      return isValid;
    };
    const checking = Object.assign(check, { errors: null as NonNullable<ValidateFunction['errors']> | null });
    return checking;
  };
}
