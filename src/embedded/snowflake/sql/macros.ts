/**
 * DuckDB macros behind the rewritten functions. They stand in the instance's first database (`memory`), under `sf_`.
 *
 * An error that a macro raises starts with its Snowflake name between at signs: `errors-duckdb.ts` reads it. A macro that
 * another one names has to stand before it.
 */
const m = (name: string, ...parameters: readonly string[]): string =>
  `memory.main.sf_${name}(${parameters.join(', ')})`;
const offset = (x: string): string => `regexp_extract(${x}, '([+-])(\\d\\d):?(\\d\\d)?$', ['sign', 'h', 'm'])`;
/** Unix seconds, milliseconds, microseconds or nanoseconds, by their size. */
const epoch = (x: string): string => `to_timestamp(CAST(${x} AS DOUBLE) / CASE
    WHEN abs(CAST(${x} AS DOUBLE)) < 31536000000 THEN 1 WHEN abs(CAST(${x} AS DOUBLE)) < 31536000000000 THEN 1e3
    WHEN abs(CAST(${x} AS DOUBLE)) < 31536000000000000 THEN 1e6 ELSE 1e9 END)`;
const OTHER_DATES = `['%m/%d/%Y', '%d-%b-%Y']`;
const OTHER_TIMESTAMPS = `['%m/%d/%Y %H:%M:%S', '%d-%b-%Y %H:%M:%S', '%a, %d %b %Y %H:%M:%S', '%a %b %d %H:%M:%S %Y', '%Y%m%d']`;
/** What INITCAP begins a word after. */
const DELIMITERS = '\\s!?@"^#$&~_,.:;+*%/|\\\\\\[\\](){}<>-';
const failed = (error: string, what: string): string => `error('@${error}@${what} ''' || x || ''' is not recognized')`;

export const MACROS: readonly string[] = [
  // Text of other types
  `float_text(x) AS CASE
     WHEN isnan(x) THEN 'NaN' WHEN isinf(x) THEN CASE WHEN x > 0 THEN 'inf' ELSE '-inf' END
     ELSE regexp_replace(CAST(x AS VARCHAR), '\\.0$', '') END`,
  `fit(x, n) AS CASE WHEN length(x) > n THEN substring(x, 1, n) ELSE x END`,
  `store(x, n) AS CASE WHEN length(x) > n
     THEN error('@stringTooLong@String ''' || substring(x, 1, 50) || ''' is too long and would be truncated') ELSE x END`,
  `number_text(x) AS CASE x WHEN 'true' THEN '1' WHEN 'false' THEN '0' ELSE x END`,
  `try_boolean(x) AS CASE
     WHEN lower(trim(x)) IN ('true', 't', 'yes', 'y', 'on', '1') THEN true
     WHEN lower(trim(x)) IN ('false', 'f', 'no', 'n', 'off', '0') THEN false END`,
  `boolean(x) AS CASE WHEN x IS NULL THEN NULL
     ELSE coalesce(${m('try_boolean', 'x')}, CAST(${failed('notBoolean', 'Boolean value')} AS BOOLEAN)) END`,
  `try_unhex(x) AS CASE WHEN regexp_full_match(x, '([0-9a-fA-F]{2})*') THEN unhex(x) END`,
  `unhex(x) AS CASE WHEN x IS NULL THEN NULL WHEN regexp_full_match(x, '([0-9a-fA-F]{2})*') THEN unhex(x)
     ELSE CAST(error('@notHex@The following string is not a legal hex-encoded value: ''' || x || '''') AS BLOB) END`,
  // Dates and times. A time stamp without zone is one of the session's zone where it becomes an instant.
  `tz(t, o) AS struct_pack(t := CAST(t AS TIMESTAMPTZ), o := CAST(o AS INTEGER))`,
  `session_offset(t) AS date_diff('minute', timezone('UTC', t), CAST(t AS TIMESTAMP))`,
  `tz_of(t) AS CASE WHEN t IS NULL THEN NULL ELSE ${m('tz', 't', m('session_offset', 't'))} END`,
  `tz_local(x) AS timezone('UTC', struct_extract(x, 't')) + to_minutes(CAST(struct_extract(x, 'o') AS BIGINT))`,
  `tz_from_local(l, o) AS CASE WHEN l IS NULL THEN NULL ELSE ${m('tz', "timezone('UTC', l - to_minutes(CAST(o AS BIGINT)))", 'o')} END`,
  `offset_text(o) AS CASE WHEN o < 0 THEN '-' ELSE '+' END || printf('%02d%02d', abs(o) // 60, abs(o) % 60)`,
  `tz_text(x) AS strftime(${m('tz_local', 'x')}, '%Y-%m-%d %H:%M:%S.%g') || ' ' || ${m('offset_text', `struct_extract(x, 'o')`)}`,
  `ltz_text(x) AS strftime(CAST(x AS TIMESTAMP), '%Y-%m-%d %H:%M:%S.%g') || ' ' || ${m('offset_text', m('session_offset', 'x'))}`,
  `has_offset(x) AS regexp_matches(x, ':\\d\\d[^:]*([+-]\\d\\d:?(\\d\\d)?|Z)$')`,
  `offset_of(x) AS CASE WHEN ends_with(x, 'Z') THEN 0 ELSE CASE ${offset('x')}.sign WHEN '-' THEN -1 ELSE 1 END
     * (CAST(${offset('x')}.h AS INTEGER) * 60 + coalesce(TRY_CAST(${offset('x')}.m AS INTEGER), 0)) END`,
  `wall_text(x) AS CASE WHEN ${m('has_offset', 'x')} THEN regexp_replace(x, '\\s*([+-]\\d\\d:?(\\d\\d)?|Z)$', '') ELSE x END`,
  // What has neither sign nor letter behind its seconds goes the short way.
  `try_timestamp_ntz(x) AS coalesce(
     CASE WHEN contains(x, '-') AND NOT regexp_matches(substring(x, 17), '[+-]') THEN TRY_CAST(x AS TIMESTAMP) END,
     CASE WHEN regexp_full_match(x, '-?\\d{5,}(\\.\\d+)?') THEN timezone('UTC', ${epoch('x')}) END,
     TRY_CAST(${m('wall_text', 'trim(x)')} AS TIMESTAMP), try_strptime(${m('wall_text', 'trim(x)')}, ${OTHER_TIMESTAMPS}), try_strptime(x, ${OTHER_DATES}))`,
  `timestamp_ntz(x) AS CASE WHEN x IS NULL THEN NULL
     ELSE coalesce(${m('try_timestamp_ntz', 'x')}, CAST(${failed('notTimestamp', 'Timestamp')} AS TIMESTAMP)) END`,
  `ltz_of(l, x) AS CASE WHEN ${m('has_offset', 'x')} THEN timezone('UTC', l - to_minutes(CAST(${m('offset_of', 'x')} AS BIGINT)))
     WHEN contains(x, ':') OR contains(x, '-') THEN CAST(l AS TIMESTAMPTZ) ELSE timezone('UTC', l) END`,
  `try_timestamp_ltz(x) AS ${m('ltz_of', m('try_timestamp_ntz', 'x'), 'x')}`,
  `timestamp_ltz(x) AS ${m('ltz_of', m('timestamp_ntz', 'x'), 'x')}`,
  `try_timestamp_tz(x) AS CASE WHEN ${m('has_offset', 'x')} THEN ${m('tz_from_local', m('try_timestamp_ntz', 'x'), m('offset_of', 'x'))}
     ELSE ${m('tz_of', m('try_timestamp_ltz', 'x'))} END`,
  `timestamp_tz(x) AS CASE WHEN ${m('has_offset', 'x')} THEN ${m('tz_from_local', m('timestamp_ntz', 'x'), m('offset_of', 'x'))}
     ELSE ${m('tz_of', m('timestamp_ltz', 'x'))} END`,
  `try_date(x) AS CASE
     WHEN regexp_full_match(x, '-?\\d{5,}') THEN CAST(timezone('UTC', ${epoch('x')}) AS DATE)
     ELSE coalesce(TRY_CAST(x AS DATE), TRY_CAST(${m('wall_text', 'trim(x)')} AS DATE), CAST(try_strptime(x, ${OTHER_DATES}) AS DATE)) END`,
  `date(x) AS CASE WHEN x IS NULL THEN NULL
     ELSE coalesce(${m('try_date', 'x')}, CAST(${failed('notDate', 'Date')} AS DATE)) END`,
  `try_time(x) AS coalesce(TRY_CAST(x AS TIME), TRY_CAST(x || ':00' AS TIME))`,
  `time(x) AS CASE WHEN x IS NULL THEN NULL
     ELSE coalesce(${m('try_time', 'x')}, CAST(${failed('notTime', 'Time')} AS TIME)) END`,
  `weeks_between(a, b) AS date_diff('day', date_trunc('week', a), date_trunc('week', b)) // 7`,
  // JSON
  `parse_text(x) AS CASE WHEN trim(x) = '' THEN NULL ELSE CAST(x AS JSON) END`,
  `parse_json(x) AS CASE
     WHEN CAST(x AS VARCHAR)[1] <> '"' THEN CAST(x AS JSON)
     ELSE ${m('parse_text', "CAST(x AS JSON) ->> '$'")} END`,
  `try_parse_json(x) AS CASE WHEN trim(x) = '' THEN NULL ELSE TRY_CAST(x AS JSON) END`,
  `object(x) AS CASE
     WHEN x IS NULL OR json_type(x) = 'NULL' THEN NULL
     WHEN json_type(x) = 'OBJECT' THEN x
     ELSE error('@variantCast@Failed to cast variant value ' || CAST(x AS VARCHAR) || ' to OBJECT') END`,
  `array(x) AS CASE
     WHEN x IS NULL OR json_type(x) = 'NULL' THEN NULL
     WHEN json_type(x) = 'ARRAY' THEN x
     ELSE to_json([x]) END`,
  `array_size(x) AS CASE WHEN json_type(x) = 'ARRAY' THEN CAST(json_array_length(x) AS BIGINT) END`,
  `items(x) AS CASE WHEN json_type(x) = 'ARRAY' THEN list_transform(CAST(x AS JSON[]), lambda e: coalesce(e, CAST('null' AS JSON))) END`,
  // The first of equal elements stays, as Snowflake leaves them in no order of its own.
  `array_distinct(x) AS to_json(list_transform(list_filter(list_transform(range(1, len(${m('items', 'x')}) + 1),
     lambda i: {'i': i, 'e': ${m('items', 'x')}[i]}), lambda p: list_position(${m('items', 'x')}, p.e) = p.i), lambda p: p.e))`,
  `extreme(x, f) AS CASE f
     WHEN 'max' THEN list_last(list_sort(list_transform(list_filter(${m('items', 'x')}, lambda e: json_type(e) <> 'NULL'),
       lambda e: {'n': coalesce(TRY_CAST(e AS DOUBLE), 'inf'::DOUBLE), 't': e ->> '$', 'e': e}))).e
     ELSE list_first(list_sort(list_transform(list_filter(${m('items', 'x')}, lambda e: json_type(e) <> 'NULL'),
       lambda e: {'n': coalesce(TRY_CAST(e AS DOUBLE), 'inf'::DOUBLE), 't': e ->> '$', 'e': e}))).e END`,
  `strip_null(x) AS CASE WHEN json_type(x) = 'NULL' THEN NULL ELSE x END`,
  `typeof(x) AS CASE json_type(x)
     WHEN 'NULL' THEN 'NULL_VALUE'
     WHEN 'BIGINT' THEN 'INTEGER' WHEN 'UBIGINT' THEN 'INTEGER' WHEN 'HUGEINT' THEN 'INTEGER'
     WHEN 'DOUBLE' THEN 'DECIMAL'
     ELSE json_type(x) END`,
  // An element that is not there is NULL, as is one of a value that is no array.
  `element(x, n) AS CASE WHEN json_type(x) = 'ARRAY' AND n >= 0 THEN CAST(x AS JSON[])[n + 1] END`,
  `field(x, k) AS CASE WHEN json_type(x) = 'OBJECT' THEN x -> ('$."' || replace(k, '"', '\\"') || '"') END`,
  // Numbers
  // a * p1 and b * p2 are whole; the quotient counts in units. Beyond the limit 128 bits would not do.
  `divide(a, b, p1, p2, shift, unit, top) AS CASE
     WHEN b = 0 THEN CAST(error('@divisionByZero@Division by zero') AS DECIMAL(38,0)) * unit
     WHEN abs(a) < top
     THEN CAST((2 * CAST(abs(a) * p1 AS HUGEINT) * CAST(shift AS HUGEINT) + CAST(abs(b) * p2 AS HUGEINT))
       // (2 * CAST(abs(b) * p2 AS HUGEINT)) * CASE WHEN (a < 0) = (b < 0) THEN 1 ELSE -1 END AS DECIMAL(38,0)) * unit
     ELSE CAST(CAST(a AS DOUBLE) / CAST(b AS DOUBLE) / CAST(unit AS DOUBLE) AS DECIMAL(38,0)) * unit END`,
  `float_divide(a, b) AS CASE WHEN b = 0 THEN error('@divisionByZero@Division by zero') ELSE a / b END`,
  `modulo(a, b) AS CASE WHEN b = 0 THEN error('@divisionByZero@Division by zero') ELSE a % b END`,
  `sqrt(x) AS CASE WHEN x < 0 THEN error('@invalidFloat@Invalid floating point operation: sqrt(' || x || ')') ELSE sqrt(x) END`,
  // Text
  `initcap(x) AS array_to_string(list_transform(regexp_extract_all(lower(x), '[^${DELIMITERS}]+|[${DELIMITERS}]+'),
     lambda w: upper(w[1]) || w[2:]), '')`,
  `left(x, n) AS CASE WHEN n <= 0 THEN '' ELSE substring(x, 1, n) END`,
  `right(x, n) AS CASE WHEN n <= 0 THEN '' ELSE right(x, n) END`,
  `split_part(x, s, n) AS split_part(x, s, CASE WHEN n = 0 THEN 1 ELSE n END)`,
];
