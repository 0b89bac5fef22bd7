/**
 * The connectors of a worker as pipelines: what stands together because it shares a topic, in the columns in which a
 * picture shows it. Pure: it knows neither page nor worker.
 */
import type { ConnectorOverview } from '../../runtime/overview/model.ts';

export type Node =
  | { readonly kind: 'source' | 'sink'; readonly id: string; readonly connector: ConnectorOverview }
  | { readonly kind: 'topic' | 'rejects'; readonly id: string; readonly topic: string; readonly perSecond: number }
  | { readonly kind: 'endpoint'; readonly id: string; readonly label: string };

export interface Edge {
  readonly from: string;
  readonly to: string;
  /** Records a second. */
  readonly perSecond: number;
  readonly isReject: boolean;
}

export interface Pipeline {
  /** From left to right: sources, topics, sinks, and where they write to. */
  readonly columns: readonly (readonly Node[])[];
  readonly edges: readonly Edge[];
}

/** Pipelines in the order of their first connector. */
export function pipelinesOf(connectors: readonly ConnectorOverview[]): readonly Pipeline[] {
  return groupsOf(connectors).map(pipelineOf);
}

function pipelineOf(connectors: readonly ConnectorOverview[]): Pipeline {
  const sources = connectors.filter(({ type }) => type === 'source');
  const sinks = connectors.filter(({ type }) => type !== 'source');
  const topics = unique(connectors.flatMap((one) => one.topics));
  const rejects = unique(connectors.flatMap(({ rejects_to }) => rejects_to ?? [])).filter(
    (topic) => !topics.includes(topic),
  );
  const endpoints = unique(sinks.map(({ endpoint }) => endpoint));
  const into = (topic: string) =>
    sum(sources.filter((one) => one.topics.includes(topic)).map(({ numbers }) => numbers.records_per_second));
  const rejected = (topic: string) =>
    sum(connectors.filter((one) => one.rejects_to === topic).map(({ numbers }) => numbers.rejected_per_second));
  const node = (connector: ConnectorOverview): Node => ({
    kind: connector.type === 'source' ? 'source' : 'sink',
    id: idOf(connector),
    connector,
  });
  return {
    columns: [
      sources.map(node),
      topics.map((topic) => ({ kind: 'topic', id: `topic ${topic}`, topic, perSecond: into(topic) })),
      sinks.map(node),
      [
        ...endpoints.map((label): Node => ({ kind: 'endpoint', id: `endpoint ${label}`, label })),
        ...rejects.map((topic): Node => ({ kind: 'rejects', id: `topic ${topic}`, topic, perSecond: rejected(topic) })),
      ],
    ],
    edges: connectors.flatMap(edgesOf),
  };
}

function edgesOf(connector: ConnectorOverview): readonly Edge[] {
  const { topics, numbers, rejects_to, endpoint, type } = connector;
  const own = idOf(connector);
  const perSecond = numbers.records_per_second;
  const rejects =
    rejects_to === null
      ? []
      : [{ from: own, to: `topic ${rejects_to}`, perSecond: numbers.rejected_per_second, isReject: true }];
  if (type === 'source')
    return [...topics.map((topic) => ({ from: own, to: `topic ${topic}`, perSecond, isReject: false })), ...rejects];
  return [
    ...topics.map((topic) => ({ from: `topic ${topic}`, to: own, perSecond, isReject: false })),
    { from: own, to: `endpoint ${endpoint}`, perSecond, isReject: false },
    ...rejects,
  ];
}

/** Connectors that share a topic, directly or over others. */
function groupsOf(connectors: readonly ConnectorOverview[]): readonly (readonly ConnectorOverview[])[] {
  const groups: { topics: Set<string>; members: ConnectorOverview[] }[] = [];
  for (const connector of connectors) {
    const own = new Set([...connector.topics, ...(connector.rejects_to === null ? [] : [connector.rejects_to])]);
    const joined = groups.filter(({ topics }) => !topics.isDisjointFrom(own));
    const [first = { topics: new Set<string>(), members: [] }, ...others] = joined;
    if (joined.length === 0) groups.push(first);
    for (const other of others) {
      for (const topic of other.topics) first.topics.add(topic);
      first.members.push(...other.members);
      groups.splice(groups.indexOf(other), 1);
    }
    for (const topic of own) first.topics.add(topic);
    first.members.push(connector);
  }
  return groups.map(({ members }) => members);
}

const idOf = ({ name }: ConnectorOverview) => `connector ${name}`;
const unique = (texts: readonly string[]): readonly string[] => [...new Set(texts)];
const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);
