/** Where a connector is in what it reads: shown, moved, forgotten. Moved and forgotten only while it is STOPPED. */
import type { FastifyInstance } from 'fastify';
import type { Connect, OffsetsChange, RequestedOffset } from '../runtime/connect.ts';
import { type Named, notFound } from './connector-name.ts';
import { HttpError, orNotFound } from './errors.ts';
import { answers, bodyErrors, component, connectorParams } from './schemas.ts';

interface AlterBody {
  readonly offsets?: readonly RequestedOffset[] | null;
}

const tags = ['offsets'];

const part = (description: string) => ({ type: ['object', 'null'], description, additionalProperties: true });

const alterBody = {
  type: 'object',
  additionalProperties: false,
  properties: {
    offsets: {
      type: ['array', 'null'],
      description: 'The partitions to move; others stay where they are.',
      items: {
        type: 'object',
        additionalProperties: false,
        properties: {
          partition: part('As GET shows it; of a sink `{kafka_topic, kafka_partition}`.'),
          offset: part('As GET shows it; of a sink `{kafka_offset}`. null: from the beginning.'),
        },
      },
    },
  },
  examples: [
    { offsets: [{ partition: { kafka_topic: 'sales_events', kafka_partition: 0 }, offset: { kafka_offset: 42 } }] },
  ],
};

export function offsetRoutes(app: FastifyInstance, connect: Connect): void {
  app.get<Named>(
    '/connectors/:name/offsets',
    {
      schema: {
        operationId: 'getConnectorOffsets',
        summary: 'Where a connector is in what it reads',
        tags,
        params: connectorParams,
        response: answers({ 200: component('Offsets') }, 404),
      },
    },
    async ({ params: { name } }) => ({ offsets: await orNotFound(notFound(name), () => connect.offsets(name)) }),
  );

  app.patch<Named & { Body: AlterBody }>(
    '/connectors/:name/offsets',
    {
      schema: {
        operationId: 'alterConnectorOffsets',
        summary: 'Move a STOPPED connector to other offsets',
        tags,
        params: connectorParams,
        body: alterBody,
        response: answers({ 200: component('Message', 'They are moved.') }, 404, 409, ...bodyErrors),
      },
    },
    async ({ params: { name }, body }) => {
      const requested = body.offsets ?? [];
      if (requested.length === 0) {
        throw new HttpError(400, 'Partitions / offsets need to be provided for an alter offsets request');
      }
      return outcome('altered', await orNotFound(notFound(name), () => connect.alterOffsets(name, requested)));
    },
  );

  app.delete<Named>(
    '/connectors/:name/offsets',
    {
      schema: {
        operationId: 'resetConnectorOffsets',
        summary: 'Let a STOPPED connector begin again',
        tags,
        params: connectorParams,
        response: answers({ 200: component('Message', 'They are forgotten.') }, 404, 409, ...bodyErrors),
      },
    },
    async ({ params: { name } }) => {
      return outcome('reset', await orNotFound(notFound(name), () => connect.resetOffsets(name)));
    },
  );
}

/** Kafka Connect's words: a plugin that had no say in it may keep offsets that nobody has touched. */
function outcome(done: 'altered' | 'reset', { byPlugin }: OffsetsChange): { readonly message: string } {
  if (byPlugin) return { message: `The offsets for this connector have been ${done} successfully` };
  const message =
    `The Connect framework-managed offsets for this connector have been ${done} successfully. However, if this ` +
    `connector manages offsets externally, they will need to be manually ${done} in the system that the connector uses.`;
  return { message };
}
