import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LogEntry } from '../../src/runtime/log.ts';
import { redactedWriter, redactionOf } from '../../src/runtime/redaction.ts';
import { ConfigError, pluginErrorCode } from '../../src/sdk/errors.ts';

const secret = 'Pinard "1855"/&é+';
const { text, value, error } = redactionOf([secret]);

describe('a secret is hidden', () => {
  test('wherever it stands in a text, as it is, in JSON, in a URL and in base64', () => {
    const base64 = Buffer.from(`albert:${secret}`).toString('base64');
    expect(text(`with ${secret}, twice: ${secret}.`)).toBe('with [hidden], twice: [hidden].');
    expect(text(JSON.stringify({ password: secret }))).toBe('{"password":"[hidden]"}');
    expect(text(`https://albert:${encodeURIComponent(secret)}@cellar/`)).toBe('https://albert:[hidden]@cellar/');
    expect(text(`Authorization: Basic ${base64}`)).toMatch(/^Authorization: Basic YWxiZXJ0O.?\[hidden\].{0,4}$/);
  });

  test('in base64 of any text around it, but for the letters that its neighbours change', () => {
    const parts = fc.tuple(fc.string(), fc.string({ minLength: 12, unit: 'grapheme' }), fc.string());
    fc.assert(
      fc.property(parts, ([before, own, after]) => {
        const shown = redactionOf([own]).text(Buffer.from(before + own + after).toString('base64'));
        expect(Buffer.from(shown, 'base64').toString()).not.toContain(own);
        expect(shown).toContain('[hidden]');
      }),
    );
  });

  test('whatever it is made of', () => {
    const odd = fc.oneof(fc.string({ minLength: 6 }), fc.stringMatching(/^[\\^$.*+?()[\]{}|/-]{6,9}$/));
    fc.assert(
      fc.property(fc.string(), odd, fc.string(), (before, own, after) => {
        fc.pre(own.trim().length >= 6 && !'[hidden]'.includes(own));
        expect(redactionOf([own]).text(before + own + after)).toContain('[hidden]');
      }),
    );
  });

  test('line by line, when it has several', () => {
    const lines = [
      '-----BEGIN PRIVATE KEY-----',
      'MIIEvQIBADANBgkqhkiG9w0B',
      'AQEFAASCBKcwggSjAgEAAoIB',
      '-----END PRIVATE KEY-----',
    ];
    const key = redactionOf([lines.join('\n')]);
    expect(key.text(`the key is ${lines.join('\n')}`)).toBe('the key is [hidden]');
    expect(key.text(inspect({ key: lines.join('\n') }))).not.toMatch(/MIIEv|AQEFA/);
    expect(key.text('no -----BEGIN PRIVATE KEY----- in it')).toBe('no -----BEGIN PRIVATE KEY----- in it');
  });

  test('the longer of two that begin alike as a whole', () => {
    expect(redactionOf(['password', 'password-of-albert']).text('a password-of-albert')).toBe('a [hidden]');
  });
});

test('what everybody knows, and what is too short to be told from other words, stays', () => {
  expect(redactionOf(['caves', 'abc']).text('caves-connect abc')).toBe('caves-connect abc');
});

describe('a field of the log', () => {
  test('comes back as it is when it has no secret in it', () => {
    const field = { at: 1n, list: [1, 'two'] };
    expect(value(field)).toBe(field);
    expect(value(undefined)).toBe(undefined);
  });

  test('loses its secrets however deep they are', () => {
    expect(value({ config: [{ password: secret, [secret]: 1 }] })).toEqual({
      config: [{ password: '[hidden]', '[hidden]': 1 }],
    });
    expect(redactionOf(['1234567']).value({ pin: 1_234_567 })).not.toContain('1234567');
  });

  test('may be anything', () => {
    const round: Record<string, unknown> = { secret };
    round['self'] = round;
    expect(String(value(round))).not.toContain('1855');
    expect(inspect(value(new Map([[secret, secret]])))).not.toContain('Pinard');
    const hostile = {
      toJSON: () => {
        throw new Error(secret);
      },
      secret,
    };
    expect(inspect(value(hostile))).not.toContain('1855');
  });
});

describe('an error', () => {
  test('that shows nothing is itself', () => {
    const harmless = new Error('no', { cause: new Error('neither') });
    expect(error(harmless)).toBe(harmless);
  });

  test('keeps its name and its code, and loses the secrets of its words and of its causes', () => {
    const cause = new Error(`connect https://albert:${encodeURIComponent(secret)}@cellar`);
    const safe = error(Object.assign(new ConfigError(`refused ${secret}`, { cause }), { options: { secret } }));
    expect(pluginErrorCode(safe)).toBe('CONFIG');
    expect(safe.name).toBe('ConfigError');
    expect(inspect(safe)).not.toMatch(/Pinard|1855/);
    expect((safe.cause as Error).message).toBe('connect https://albert:[hidden]@cellar');
  });
});

test('a writer shows no secret in any part of a line', () => {
  const entries: LogEntry[] = [];
  const write = redactedWriter((entry) => entries.push(entry), redactionOf([secret]));
  write({
    time: 0,
    level: 'info',
    scope: 'wine|task-0',
    message: secret,
    fields: { [secret]: secret, error: new Error(secret) },
  });
  expect(inspect(entries, { depth: 5 })).not.toMatch(/Pinard|1855/);
});
