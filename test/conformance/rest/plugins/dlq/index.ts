/** The built-in one: tests with plugins of their own in the place of the built-ins would miss it. */
export { default } from '../../../../../connectors/dlq/index.ts';
