/** The commands by name, in the order of the help. To add one: a file in `commands/` and a line here. */
import { Dev } from './commands/dev.ts';
import { Plan } from './commands/plan.ts';
import { Plugins } from './commands/plugins.ts';
import { Sql } from './commands/sql.ts';
import { Start } from './commands/start.ts';
import { Top } from './commands/top.ts';
import { Validate } from './commands/validate.ts';

export const commands = {
  start: Start,
  top: Top,
  plan: Plan,
  validate: Validate,
  plugins: Plugins,
  dev: Dev,
  sql: Sql,
} as const;
