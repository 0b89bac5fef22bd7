/** The calm live view of `start` on a terminal: the worker at a glance below its log, once a second. */
import type { Connect } from '../runtime/connect.ts';
import type { Samples } from '../runtime/overview/counts.ts';
import type { Overview } from '../runtime/overview/model.ts';
import { createOverview } from '../runtime/overview/overview.ts';
import { formatOverview } from './overview-table.ts';
import { createScreen } from './screen.ts';
import type { Output, Paint } from './terminal.ts';

export interface LiveView {
  /** Where the log and everything else goes: above the picture. */
  readonly output: Output;
  /** Draws until the answered function is called. */
  show(worker: Connect & { readonly metrics: { readonly samples: Samples } }): () => void;
}

export function createLiveView(stream: NodeJS.WriteStream, paint: Paint): LiveView {
  const screen = createScreen(stream);
  return {
    output: screen,
    show(worker) {
      const overview = createOverview({ connect: worker, samples: worker.metrics.samples });
      const draw = (present: Overview) => {
        // A third of the terminal at most: the rest is for the log.
        const rows = Math.max(Math.floor(screen.height / 3), 3);
        screen.draw(formatOverview(present, { paint, width: screen.width, rows }));
      };
      draw(overview.current());
      overview.watch(draw);
      return () => {
        overview.close();
        screen.close();
      };
    },
  };
}
