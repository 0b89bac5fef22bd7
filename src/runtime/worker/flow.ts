/** What a connector stands between, for a picture of it: from its resolved configuration and what it has written so far. */
import type { Plugin } from '../../sdk/index.ts';
import type { Configured, ResolvedConnector } from '../config/model.ts';
import type { ConnectorFlow } from '../connect.ts';

/** @param seen the topics that the connector has read or written */
export function flowOf(
  { connector, errorHandler, settings }: ResolvedConnector,
  seen: readonly string[],
): ConnectorFlow {
  const { topics } = settings;
  return {
    endpoint: endpointOf(connector, topics),
    topics: connector.plugin.kind === 'sink' && topics.length > 0 ? topics : seen,
    rejects_to: errorHandler === undefined ? null : endpointOf(errorHandler, topics),
  };
}

function endpointOf({ plugin, config }: Configured<Plugin>, topics: readonly string[]): string {
  try {
    return plugin.endpoint?.(config as never, { topics }) ?? plugin.name;
  } catch {
    // A picture is not worth a failure.
    return plugin.name;
  }
}
