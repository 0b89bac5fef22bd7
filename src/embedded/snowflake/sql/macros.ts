/**
 * DuckDB macros behind the rewritten functions. They stand in the instance's first database (`memory`), under `sf_`.
 *
 * `typeof(x)` is known when a statement is planned, so that a CASE over it costs nothing for a row. An error that a
 * macro raises starts with its Snowflake name between at signs: `errors-duckdb.ts` reads it.
 */
const isInteger = (x: string): string => `regexp_matches(typeof(${x}), '^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER)$')`;
const isDecimal = (x: string): string => `starts_with(typeof(${x}), 'DECIMAL')`;
const scaleOf = (x: string): string =>
  `(CASE WHEN ${isDecimal(x)} THEN CAST(regexp_extract(typeof(${x}), ',(\\d+)\\)', 1) AS INTEGER) ELSE 0 END)`;

export const MACROS: readonly string[] = [
  `text(x) AS CASE
     WHEN typeof(x) = 'JSON' THEN CAST(x AS JSON) ->> '$'
     WHEN typeof(x) = 'DOUBLE' THEN regexp_replace(CAST(x AS VARCHAR), '\\.0$', '')
     WHEN typeof(x) = 'TIMESTAMP' THEN strftime(CAST(x AS TIMESTAMP), '%Y-%m-%d %H:%M:%S.%g')
     WHEN typeof(x) = 'TIMESTAMP WITH TIME ZONE' THEN strftime(CAST(x AS TIMESTAMPTZ), '%Y-%m-%d %H:%M:%S.%g') || ' +0000'
     WHEN typeof(x) = 'BLOB' THEN hex(CAST(x AS BLOB))
     ELSE CAST(x AS VARCHAR) END`,
  `fit(x, n) AS CASE WHEN length(x) > n THEN substring(x, 1, n) ELSE x END`,
  `parse_text(x) AS CASE WHEN trim(x) = '' THEN NULL ELSE CAST(x AS JSON) END`,
  `parse_json(x) AS CASE
     WHEN typeof(x) = 'JSON' AND CAST(x AS VARCHAR)[1] <> '"' THEN CAST(x AS JSON)
     WHEN typeof(x) = 'JSON' THEN memory.main.sf_parse_text(CAST(x AS JSON) ->> '$')
     ELSE memory.main.sf_parse_text(CAST(x AS VARCHAR)) END`,
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
  `strip_null(x) AS CASE WHEN json_type(x) = 'NULL' THEN NULL ELSE x END`,
  `typeof(x) AS CASE json_type(x)
     WHEN 'NULL' THEN 'NULL_VALUE'
     WHEN 'BIGINT' THEN 'INTEGER' WHEN 'UBIGINT' THEN 'INTEGER' WHEN 'HUGEINT' THEN 'INTEGER'
     WHEN 'DOUBLE' THEN 'DECIMAL'
     ELSE json_type(x) END`,
  `divide(a, b) AS CASE
     WHEN b = 0 THEN error('@divisionByZero@Division by zero')
     WHEN (${isInteger('a')} OR ${isDecimal('a')}) AND (${isInteger('b')} OR ${isDecimal('b')})
     THEN round(a / b, greatest(${scaleOf('a')}, least(${scaleOf('a')} + 6, 12)))
     ELSE a / b END`,
  `div0(a, b) AS CASE WHEN b = 0 THEN 0 ELSE a / b END`,
  `modulo(a, b) AS CASE WHEN b = 0 THEN error('@divisionByZero@Division by zero') ELSE a % b END`,
  `avg(x) AS CASE
     WHEN ${isInteger('any_value(x)')} OR ${isDecimal('any_value(x)')}
     THEN round(avg(x), greatest(${scaleOf('any_value(x)')}, least(${scaleOf('any_value(x)')} + 6, 12)))
     ELSE avg(x) END`,
  `moment(x) AS CASE WHEN typeof(x) = 'TIME' THEN CAST('1970-01-01' AS DATE) + CAST(x AS TIME) ELSE x END`,
  `initcap(x) AS array_to_string(list_transform(string_split(lower(x), ' '), lambda w: upper(w[1]) || w[2:]), ' ')`,
  `lpad(x, n, p := ' ') AS lpad(x, CAST(n AS INTEGER), p)`,
  `rpad(x, n, p := ' ') AS rpad(x, CAST(n AS INTEGER), p)`,
  `left(x, n) AS CASE WHEN n <= 0 THEN '' ELSE substring(x, 1, CAST(n AS BIGINT)) END`,
  `right(x, n) AS CASE WHEN n <= 0 THEN '' ELSE right(x, CAST(n AS BIGINT)) END`,
  `split_part(x, s, n) AS split_part(x, s, CASE WHEN n = 0 THEN 1 ELSE CAST(n AS BIGINT) END)`,
  `time_format(f) AS replace(replace(replace(replace(replace(replace(replace(replace(f, 'YYYY', '%Y'), 'MM', '%m'),
     'DD', '%d'), 'HH24', '%H'), 'MI', '%M'), 'SS', '%S'), 'FF3', '%g'), 'FF6', '%f')`,
  `format_time(x, f) AS strftime(x, memory.main.sf_time_format(f))`,
];
