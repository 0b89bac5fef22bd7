import type { Case, Plugins } from '../model.ts';

export function topicCases({ source, sink }: Plugins): readonly Case[] {
  const of = (what: string, name: string, topics: readonly (string | undefined)[]): Case => ({
    what,
    request: `GET /connectors/${name}/topics`,
    status: 200,
    body: { [name]: { topics } },
  });
  const reset = (what: string, name: string): Case => ({
    what,
    request: `PUT /connectors/${name}/topics/reset`,
    status: 202,
    body: '',
  });
  return [
    of('topics of a source', 'orders-in', [source['topic']]),
    of('topics of a sink', 'cellar-out', [sink['topics']]),
    reset('reset topics', 'orders-in'),
    of('topics after the reset', 'orders-in', []),
    reset('reset topics of an unknown connector', 'nobody'),
    {
      what: 'reset topics by the wrong method',
      request: 'POST /connectors/orders-in/topics/reset',
      status: 405,
      body: 'HTTP 405 Method Not Allowed',
    },
  ];
}
