import { describe, expect, test } from 'vitest';
import { pipelinesOf } from '../../../src/rest/page/graph.ts';
import type { ConnectorOverview } from '../../../src/runtime/overview/model.ts';
import { connectorOverview } from '../../helpers/overview.ts';

const source = (name: string, ...topics: readonly string[]): ConnectorOverview => ({
  ...connectorOverview(name),
  type: 'source',
  topics,
  rejects_to: null,
});
const sink = (name: string, endpoint: string, rejects_to: string | null, ...topics: readonly string[]) => ({
  ...connectorOverview(name),
  endpoint,
  rejects_to,
  topics,
});

const labels = (connectors: readonly ConnectorOverview[]) =>
  pipelinesOf(connectors).map(({ columns }) => columns.map((nodes) => nodes.map(({ id }) => id)));

describe('pipelines', () => {
  test('lead from sources over topics and sinks to destinations, and to what is rejected', () => {
    const connectors = [source('sales', 'wines'), sink('book', 'DB.T', 'wines.dlq', 'wines')];
    expect(labels(connectors)).toEqual([
      [['connector sales'], ['topic wines'], ['connector book'], ['endpoint DB.T', 'topic wines.dlq']],
    ]);
    const [{ edges } = expect.fail('there is none')] = pipelinesOf(connectors);
    expect(edges.map(({ from, to, isReject }) => `${from} ${isReject ? '⇢' : '→'} ${to}`)).toEqual([
      'connector sales → topic wines',
      'topic wines → connector book',
      'connector book → endpoint DB.T',
      'connector book ⇢ topic wines.dlq',
    ]);
  });

  test('are one where connectors share a topic, also over others, and several where not', () => {
    const connectors = [
      source('a', 'x'),
      source('b', 'y'),
      source('alone', 'z'),
      sink('joins', 'DB.T', null, 'x', 'y'),
    ];
    expect(labels(connectors).map(([sources]) => sources)).toEqual([
      ['connector a', 'connector b'],
      ['connector alone'],
    ]);
  });

  test('show a dead letter queue that another connector reads as a topic', () => {
    const connectors = [sink('book', 'DB.T', 'wines.dlq', 'wines'), sink('morgue', 'DB.M', null, 'wines.dlq')];
    const [[, topics, , ends] = []] = labels(connectors);
    expect(topics).toEqual(['topic wines', 'topic wines.dlq']);
    expect(ends).toEqual(['endpoint DB.T', 'endpoint DB.M']);
  });

  test('are none without connectors', () => {
    expect(pipelinesOf([])).toEqual([]);
  });
});
