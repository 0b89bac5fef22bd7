import { describe, expect, test } from 'vitest';
import { SnowflakeError } from '../../../src/embedded/snowflake/errors.ts';
import {
  BadRequest,
  failure,
  loginOptions,
  pending,
  readParameters,
  readQuery,
  success,
} from '../../../src/embedded/snowflake/wire.ts';

describe('what the driver sends', () => {
  test('a login names what to use as SQL does: in upper case unless it is quoted', () => {
    const query = { databaseName: 'sales', schemaName: '"Raw"', warehouse: 'COMPUTE_WH', roleName: '' };
    expect(loginOptions('CAVES', { ACCOUNT_NAME: 'acc' }, query)).toEqual({
      user: 'CAVES',
      account: 'acc',
      database: 'SALES',
      schema: 'Raw',
      warehouse: 'COMPUTE_WH',
      role: undefined,
      parameters: {},
    });
  });

  test('parameters are texts by names in upper case, whatever their JSON', () => {
    expect(readParameters({ a: 1, B: true, c: 'x', d: null, e: { f: 1 } })).toEqual({
      A: '1',
      B: 'true',
      C: 'x',
      D: 'null',
      E: '{"f":1}',
    });
    expect(readParameters(undefined)).toEqual({});
    expect(readParameters(null)).toEqual({});
  });

  test('a query has text, binds and parameters, all of which may be missing', () => {
    expect(readQuery({})).toEqual({ sqlText: '', bindings: {}, describeOnly: false, parameters: {} });
    const bindings = { 1: { type: 'FIXED', value: ['1', null] }, 2: { type: 'TEXT', value: null } };
    expect(readQuery({ sqlText: 'SELECT 1', bindings, describeOnly: true })).toMatchObject({
      sqlText: 'SELECT 1',
      bindings,
      describeOnly: true,
    });
  });

  test.each([
    ['text that is none', { sqlText: 1 }, 'sqlText'],
    ['binds in a list', { bindings: [] }, 'bindings'],
    ['a bind without a type', { bindings: { 1: { value: 'x' } } }, 'bind variable 1'],
    ['a bind that is a number', { bindings: { 7: { type: 'FIXED', value: 7 } } }, 'bind variable 7'],
    ['parameters in a list', { parameters: ['A'] }, 'parameters'],
  ])('%s is refused by name', (_, body, named) => {
    expect(() => readQuery(body)).toThrow(BadRequest);
    expect(() => readQuery(body)).toThrow(named);
  });

  test('binds through a stage are refused as Snowflake refuses what it does not know', () => {
    expect(() => readQuery({ sqlText: 'INSERT', bindStage: '@s' })).toThrow(SnowflakeError);
  });
});

describe('what the driver gets', () => {
  test('every failure has an SQL state: without one the driver asks again', () => {
    expect(failure(new SnowflakeError('lockTimeout', 'locked'), 'id')).toMatchObject({
      success: false,
      code: '000625',
      message: 'locked',
      data: { sqlState: '57014', errorCode: '000625', queryId: 'id', line: -1, pos: -1 },
    });
  });

  test('an answer, and one that is not there yet', () => {
    expect(success(null)).toEqual({ data: null, code: null, message: null, success: true });
    expect(pending('333334', 'id')).toMatchObject({
      code: '333334',
      success: true,
      data: { queryId: 'id', getResultUrl: '/queries/id/result' },
    });
  });
});
