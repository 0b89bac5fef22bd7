/** The one reading of `topics.regex`: JavaScript's, by Unicode, and it must match the whole name. */
export function topicPattern(text: string): RegExp {
  return new RegExp(`^(?:${text})$`, 'u');
}
