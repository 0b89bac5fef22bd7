/** docker-compose.yml and Dockerfile against the repository: no Docker engine is needed to see that they fit. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { loadFile } from '../../src/runtime/config/load.ts';
import { root } from './dashboard-files.ts';

interface Service {
  readonly image?: string;
  readonly build?: string;
  readonly command?: readonly string[];
  readonly profiles?: readonly string[];
  readonly ports?: readonly string[];
  readonly expose?: readonly string[];
  readonly volumes?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly env_file?: readonly { readonly path: string; readonly required: boolean }[];
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
}

const read = (path: string) => readFileSync(join(root, path), 'utf8');
const compose = parse(read('docker-compose.yml'), { merge: true }) as {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
};
const services = Object.entries(compose.services);
const serviceNamed = (name: string): Service => compose.services[name] ?? {};
/** The port on the host and in the container, whatever address it is bound to. */
const portsOf = ({ ports = [] }: Service) => ports.map((port) => port.split(':').slice(-2).map(Number));

/** The worker of each half, as it is configured in the stack. */
async function workerOf(name: string) {
  const [, file = ''] = serviceNamed(name).command ?? [];
  const env = { ...serviceNamed(name).environment, REST_HOST: '0.0.0.0', METRICS_HOST: '0.0.0.0' };
  const { worker } = await loadFile(join(root, file), { env });
  return worker;
}

describe('docker-compose.yml', () => {
  test('publishes the ports of the stack, to this machine only unless told otherwise', () => {
    const published = Object.fromEntries(
      services.map(([name, service]) => [name, portsOf(service).map(([host]) => host)]),
    );
    expect(published).toEqual({
      redpanda: [19092, 9644],
      console: [8080],
      producer: [8084, 8001],
      consumer: [8083, 8000],
      prometheus: [9090],
      grafana: [3000],
    });
    expect(serviceNamed('redpanda').expose).toEqual(['9092']);
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Compose's own way to name a variable
    const address = '${BIND_ADDRESS:-127.0.0.1}:';
    for (const port of services.flatMap(([, { ports = [] }]) => ports)) expect(port).toContain(address);
    for (const worker of ['producer', 'consumer']) {
      expect(`${serviceNamed(worker).environment?.['REST_PUBLISHED_ON']}:`).toBe(address);
    }
  });

  test('mounts files and folders that are there, and volumes that are declared', () => {
    for (const mount of services.flatMap(([, { volumes = [] }]) => volumes)) {
      const [source = ''] = mount.split(':');
      const isThere = source.startsWith('.') ? existsSync(join(root, source)) : Object.hasOwn(compose.volumes, source);
      expect(isThere, mount).toBe(true);
    }
  });

  test('waits only for the health of what has a health check', () => {
    for (const [name, { depends_on = {} }] of services) {
      for (const [other, { condition }] of Object.entries(depends_on)) {
        const isBuilt = serviceNamed(other).build !== undefined;
        const hasCheck = serviceNamed(other).healthcheck !== undefined || isBuilt;
        expect(condition !== 'service_healthy' || hasCheck, `${name} waits for ${other}`).toBe(true);
      }
    }
  });

  test('names a version of every image that is not ours', () => {
    for (const [name, { image, build }] of services) {
      if (build === undefined) expect(image, name).toMatch(/:v?\d+\.\d+\.\d+$/);
    }
  });

  test('builds no two images under one name, since Compose exports them at once: "already exists"', () => {
    const names = services.flatMap(([name, { build, image }]) => (build === undefined ? [] : [image ?? name]));
    expect(names).toEqual([...new Set(names)]);
  });

  test('starts monitoring by its profile only, Grafana with the password of the seed unless told otherwise', () => {
    const monitoring = services.filter(([, { profiles }]) => profiles?.includes('monitoring')).map(([name]) => name);
    expect(monitoring).toEqual(['prometheus', 'grafana']);
    const password = serviceNamed('grafana').environment?.['GF_SECURITY_ADMIN_PASSWORD'];
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Compose's own way to name a variable
    expect(password).toBe('${GRAFANA_ADMIN_PASSWORD:-admin123}');
  });

  test.each(['producer', 'consumer'])(
    'the %s runs our image on the broker of the stack, with .env when there is one',
    (name) => {
      const { build, command = [], environment, env_file } = serviceNamed(name);
      expect(build).toBe('.');
      expect(command[0]).toBe('start');
      expect(existsSync(join(root, command[1] ?? '')), command[1]).toBe(true);
      expect(environment?.['KAFKA_BROKERS']).toBe('redpanda:9092');
      expect(env_file).toEqual([{ path: '.env', required: false }]);
    },
  );

  test.each(['producer', 'consumer'])(
    'the %s listens on the ports that are published, scraped and checked',
    async (name) => {
      const { rest, metrics, kafka } = await workerOf(name);
      expect(kafka.brokers).toEqual(['redpanda:9092']);
      expect(portsOf(serviceNamed(name))).toEqual([
        [rest.port, rest.port],
        [metrics.port, metrics.port],
      ]);
      expect([rest.host, metrics.host], `${name} must take its hosts from REST_HOST and METRICS_HOST`).toEqual([
        '0.0.0.0',
        '0.0.0.0',
      ]);
      expect(read('monitoring/prometheus/prometheus.yml')).toContain(`- ${name}:${metrics.port}\n`);
      expect(read('monitoring/redpanda-console/console.yaml')).toContain(`url: http://${name}:${rest.port}\n`);
      const health = serviceNamed(name).environment?.['HEALTH_URL'] ?? 'http://127.0.0.1:8083/health/ready';
      expect(health).toBe(`http://127.0.0.1:${rest.port}/health/ready`);
    },
  );
});

describe('Grafana', () => {
  test('finds Prometheus by the name that it has in the stack, and the dashboards where they are mounted', () => {
    const { datasources } = parse(read('monitoring/grafana/provisioning/datasources/prometheus.yml'));
    expect(datasources).toHaveLength(1);
    expect(datasources[0]).toMatchObject({ uid: 'prometheus', isDefault: true, url: 'http://prometheus:9090' });
    const { providers } = parse(read('monitoring/grafana/provisioning/dashboards/dashboards.yml'));
    const mounts = serviceNamed('grafana').volumes ?? [];
    expect(mounts).toContain(`./monitoring/grafana/dashboards:${providers[0].options.path}:ro`);
  });

  test("counts its intervals by Prometheus's own", () => {
    const { datasources } = parse(read('monitoring/grafana/provisioning/datasources/prometheus.yml'));
    const { global } = parse(read('monitoring/prometheus/prometheus.yml'));
    expect(datasources[0].jsonData.timeInterval).toBe(global.scrape_interval);
  });
});

describe('Dockerfile', () => {
  const lines = read('Dockerfile').split('\n');
  const instruction = (name: string) => lines.filter((line) => line.startsWith(`${name} `));

  test('copies what is there and what .dockerignore lets through', () => {
    const sources = instruction('COPY')
      .filter((line) => !line.includes('--from='))
      .flatMap((line) => line.split(' ').slice(1, -1));
    const passed = read('.dockerignore')
      .split('\n')
      .flatMap((line) => (line.startsWith('!') ? [line.slice(1)] : []));
    expect(sources).toContain('package-lock.json');
    for (const source of sources.map((path) => path.replace(/^\.\//, ''))) {
      expect(existsSync(join(root, source)), source).toBe(true);
      expect(passed).toContain(source);
    }
  });

  test('does not run as root, has a health check, and starts the main job', () => {
    expect(instruction('USER')).toEqual(['USER node']);
    expect(instruction('HEALTHCHECK')).toHaveLength(1);
    expect(instruction('ENTRYPOINT')).toEqual([
      'ENTRYPOINT ["node", "--max-semi-space-size=8", "bin/caves-connect.js"]',
    ]);
    const [command = ''] = instruction('CMD');
    const [, file] = JSON.parse(command.slice('CMD '.length)) as readonly string[];
    expect(existsSync(join(root, file ?? '')), file).toBe(true);
  });
});
