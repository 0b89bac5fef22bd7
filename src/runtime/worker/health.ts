/**
 * Whether a worker can do its work. What is known says at once who has failed to reach Kafka; a check asks Kafka for
 * the end of the configs topic and gives it ten seconds, as Kafka Connect's /health does (KIP-1017): a broker that
 * takes connections and answers nothing is found by asking alone.
 */
import type { Health } from '../connect.ts';
import { stageText } from '../errors.ts';
import type { KafkaConnection } from '../kafka/client.ts';

/** Kafka Connect's. */
const usualTimeoutMs = 10_000;

export interface WorkerHealth {
  /** As far as it is known without asking anybody. */
  known(): Health;
  /** After asking Kafka; never rejects. */
  check(): Promise<Health>;
}

interface Question {
  readonly began: number;
  readonly isAnswered: Promise<boolean>;
}

export function createHealth(options: {
  readonly isReady: () => boolean;
  readonly connection: KafkaConnection;
  /** Asks Kafka something that only a broker that works can answer. */
  readonly ask: () => Promise<unknown>;
  readonly timeoutMs?: number;
}): WorkerHealth {
  const { isReady, connection, ask, timeoutMs = usualTimeoutMs } = options;
  /** One at a time, however many want to know: while Kafka does not answer, more of them would only pile up. */
  let open: Question | undefined;

  async function isAnswered(): Promise<boolean> {
    try {
      await ask();
      connection.up();
      return true;
    } catch (error) {
      connection.failed(error);
      return false;
    } finally {
      open = undefined;
    }
  }

  return {
    known() {
      if (!isReady()) return starting;
      if (connection.reachable) return healthy;
      return { status: 'unhealthy', message: 'Worker was unable to reach Kafka and may be unable to handle requests.' };
    },
    async check() {
      if (!isReady()) return starting;
      open ??= { began: Date.now(), isAnswered: isAnswered() };
      const { began, isAnswered: answer } = open;
      const late = Promise.withResolvers<false>();
      const timer = setTimeout(() => late.resolve(false), timeoutMs);
      const isWell = await Promise.race([answer, late.promise]).finally(() => clearTimeout(timer));
      return isWell ? healthy : unhealthy(began);
    },
  };
}

const starting: Health = { status: 'starting', message: 'Worker is still starting up.' };

const healthy: Health = {
  status: 'healthy',
  message: 'Worker has completed startup and is ready to handle requests.',
};

const unhealthy = (began: number): Health => ({
  status: 'unhealthy',
  message:
    'Worker was unable to handle this request and may be unable to handle other requests. ' +
    stageText('asking Kafka for the end of the configs topic', began),
});
