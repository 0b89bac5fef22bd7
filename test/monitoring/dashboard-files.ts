/** The dashboards of the repository as their tests read them. */
import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';

export interface Target {
  readonly refId: string;
  readonly expr: string;
  readonly instant?: boolean;
  readonly range?: boolean;
  readonly datasource: { readonly uid: string };
}

export interface GridPos {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

export interface Panel {
  readonly id: number;
  readonly title: string;
  readonly type: string;
  readonly description?: string;
  readonly datasource: { readonly uid: string };
  readonly gridPos: GridPos;
  readonly interval?: string;
  readonly fieldConfig: {
    readonly defaults: {
      readonly unit?: string;
      readonly noValue?: string;
      readonly custom?: { readonly drawStyle?: string };
      readonly thresholds?: { readonly steps: readonly { readonly color: string; readonly value: number | null }[] };
    };
    readonly overrides: readonly {
      readonly matcher: { readonly options: string };
      readonly properties: readonly { readonly id: string; readonly value: unknown }[];
    }[];
  };
  readonly targets: readonly Target[];
}

export interface Variable {
  readonly name: string;
  readonly label: string;
  readonly type: string;
  readonly datasource?: { readonly uid: string };
  readonly query: string | { readonly query: string };
  readonly refresh: number;
  readonly multi: boolean;
  readonly includeAll: boolean;
  readonly allValue?: string;
}

export interface Annotation {
  readonly name: string;
  readonly expr: string;
  readonly datasource: { readonly uid: string };
}

export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly editable: boolean;
  readonly refresh: string;
  readonly links: readonly { readonly url: string }[];
  readonly annotations: { readonly list: readonly Annotation[] };
  readonly templating: { readonly list: readonly Variable[] };
  /** Without the headings between them. */
  readonly panels: readonly Panel[];
  readonly headings: readonly { readonly id: number; readonly title: string; readonly gridPos: GridPos }[];
}

export interface DashboardFile {
  readonly file: string;
  readonly dashboard: Dashboard;
}

export const root = new URL('../../', import.meta.url).pathname;

export function dashboardFiles(): readonly DashboardFile[] {
  return globSync(`${root}monitoring/grafana/dashboards/*.json`)
    .sort()
    .map((path) => {
      const read = JSON.parse(readFileSync(path, 'utf8')) as Omit<Dashboard, 'headings'>;
      const headings = read.panels.filter(({ type }) => type === 'row');
      const panels = read.panels.filter(({ type }) => type !== 'row');
      return { file: basename(path), dashboard: { ...read, panels, headings } };
    });
}
