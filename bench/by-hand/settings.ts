/** What the hand-written loops are told by the benchmark, and the Kafka client they share. */
import { Kafka, logLevel } from 'kafkajs';

export const brokers = (process.env['BENCH_BROKERS'] ?? '').split(',');
export const topic = process.env['BENCH_TOPIC'] ?? '';
export const group = process.env['BENCH_GROUP'] ?? '';
export const events = Number(process.env['BENCH_EVENTS']);

export const kafka = new Kafka({ clientId: 'by-hand', brokers, logLevel: logLevel.NOTHING });

// kafkajs 2.2.4 sets timers with negative delays, of which Node 24 warns on every connection.
process.removeAllListeners('warning');
