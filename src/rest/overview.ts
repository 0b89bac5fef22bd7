/**
 * The worker at a glance, for the live page, `caves-connect top` and whoever draws a picture of their own: the present,
 * the last hour, and the present again every second as server-sent events.
 */
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Overview } from '../runtime/overview/model.ts';
import type { OverviewSource } from '../runtime/overview/overview.ts';
import { answers, component } from './schemas.ts';

/** The longest time that Node's timers know, in ms: some 24 days, after which a client asks again. */
const endless = 2 ** 31 - 1;

const tags = ['overview'];

export function overviewRoutes(app: FastifyInstance, overview: OverviewSource): void {
  app.get(
    '/overview',
    {
      schema: {
        operationId: 'getOverview',
        summary: 'Every connector with its state and its numbers',
        tags,
        response: answers({ 200: component('Overview') }),
      },
    },
    async () => overview.current(),
  );

  app.get(
    '/overview/history',
    {
      schema: {
        operationId: 'getOverviewHistory',
        summary: 'The numbers of the last hour',
        tags,
        response: answers({ 200: component('OverviewHistory') }),
      },
    },
    async () => overview.history(),
  );

  const open = new Set<() => void>();
  // A server that closes waits for its answers, and these never end by themselves.
  app.addHook('preClose', async () => {
    for (const end of open) end();
  });
  app.get(
    '/overview/events',
    {
      config: { produces: 'text/event-stream' },
      handlerTimeout: endless,
      schema: {
        operationId: 'getOverviewEvents',
        summary: 'The same as /overview, at once and then every second, as server-sent events',
        tags,
        response: answers({
          200: {
            description: 'Events whose data is JSON',
            content: { 'text/event-stream': { schema: { type: 'string' } } },
          },
        }),
      },
    },
    (_request, reply) => {
      const end = stream(reply, overview);
      open.add(end);
      reply.raw.once('close', () => open.delete(end));
    },
  );
}

/** Sends events until the client goes away or the answered function is called. */
function stream(reply: FastifyReply, overview: OverviewSource): () => void {
  reply.hijack();
  const { raw } = reply;
  // Proxies hold back what they may keep for later.
  raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' });
  const send = (present: Overview) => {
    // Who does not read misses some: the next one says it all again.
    if (raw.writableLength < 1024 * 1024) raw.write(`data: ${JSON.stringify(present)}\n\n`);
  };
  send(overview.current());
  const unwatch = overview.watch(send);
  raw.once('close', unwatch);
  return () => raw.end();
}
