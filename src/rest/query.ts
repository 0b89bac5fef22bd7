/** Query parameters as Kafka Connect reads them: none is ever refused, and of a repeated one the first counts. */

/** A parameter as Fastify hands it over. */
export type Parameter = string | readonly string[] | undefined;

/** True for `true` in any case; anything else is false, as for Java's `Boolean.valueOf`. */
export function isTrue(parameter: Parameter): boolean {
  return first(parameter)?.toLowerCase() === 'true';
}

/** The parameter, or its first value when it is repeated. */
export function first(parameter: Parameter): string | undefined {
  return [parameter].flat()[0];
}

/** JSON Schema of a parameter that may be repeated. */
export function repeatable(description: string) {
  return { type: ['string', 'array'], items: { type: 'string' }, description } as const;
}
