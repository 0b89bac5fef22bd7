/** When a client of REST may see and move the offsets of a connector, and what it is told when it may not. */
import type { ConnectorEntry } from '../cluster/config-log.ts';
import type { FlatConfig, ResolvedConnector } from '../config/model.ts';
import type { Connect, OffsetsChange } from '../connect.ts';
import { ConnectError, timedOut } from '../errors.ts';
import { classifyKafkaError, kafkaReason } from '../kafka/errors.ts';
import type { ConnectorOffsets, OffsetsOf } from './connector-offsets.ts';
import type { Reconciler } from './reconciler.ts';

export function createOffsetRequests(options: {
  readonly offsets: ConnectorOffsets;
  readonly mustBeReady: () => void;
  readonly entryOf: (name: string) => ConnectorEntry;
  readonly resolve: (name: string, config: FlatConfig) => Promise<ResolvedConnector>;
  readonly reconciler: Pick<Reconciler, 'inTurn'>;
}): Pick<Connect, 'offsets' | 'alterOffsets' | 'resetOffsets'> {
  const { offsets, mustBeReady, entryOf, resolve, reconciler } = options;

  async function offsetsOf(name: string): Promise<OffsetsOf> {
    mustBeReady();
    const { config, tasks } = entryOf(name);
    return { connector: await resolve(name, config), tasks };
  }

  function mustBeStopped(name: string): void {
    mustBeReady();
    if (entryOf(name).targetState === 'STOPPED') return;
    throw new ConnectError(
      'BAD_REQUEST',
      'Connectors must be in the STOPPED state before their offsets can be modified. This can be done for the ' +
        `specified connector by issuing a 'PUT' request to the '/connectors/${encodeURIComponent(name)}/stop' endpoint`,
    );
  }

  /** In turn: its tasks have ended, and who resumes it meanwhile waits. */
  async function whileStopped(name: string, call: (of: OffsetsOf) => Promise<OffsetsChange>): Promise<OffsetsChange> {
    mustBeStopped(name);
    return reconciler.inTurn(name, async () => {
      mustBeStopped(name);
      return call(await offsetsOf(name));
    });
  }

  return {
    offsets: (name) => answered('reading offsets', async () => offsets.read(await offsetsOf(name))),
    alterOffsets: (name, changes) =>
      answered('moving offsets', () => whileStopped(name, (of) => offsets.alter(of, changes))),
    resetOffsets: (name) => answered('forgetting offsets', () => whileStopped(name, offsets.reset)),
  };
}

/** What Kafka does not answer now is TIMED_OUT for who asked. */
export async function answered<T>(stage: string, call: () => Promise<T>): Promise<T> {
  const began = Date.now();
  try {
    return await call();
  } catch (error) {
    if (error instanceof ConnectError || classifyKafkaError(error) === 'fatal') throw error;
    throw timedOut(stage, began, kafkaReason(error), error);
  }
}
