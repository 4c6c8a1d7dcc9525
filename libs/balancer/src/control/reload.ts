import type { Logger } from '@balanza/runtime';
import { loadTopology, type BalancerName, type BalancerTopology } from '@balanza/topology';
import { ConfigFile } from '../discovery/config-file.js';
import type { Audit } from './audit.js';
import { ChangeError } from './balancing-state.js';
import type { ControlPlane } from './control-plane.js';

/** Which file is followed, and by whom. */
export interface ReloadOptions {
  /** The file that `BALANZA_CONFIG` names, and what goes before its `host`. */
  readonly path: string;
  readonly host: string | undefined;
  readonly name: BalancerName;
  /** What goes before the file. */
  readonly applyConfig: (topology: BalancerTopology) => BalancerTopology;
  readonly control: Pick<ControlPlane, 'reload' | 'version'>;
  readonly logger: Pick<Logger, 'info' | 'warn'>;
  readonly audit: Pick<Audit, 'refused'>;
}

/** Puts the file in force when it changes. One that is not valid is refused with the reason, and the old one stays. */
export function reloadOnChange({
  path,
  host,
  name,
  applyConfig,
  control,
  logger,
  audit,
}: ReloadOptions): ConfigFile {
  const read = () => applyConfig(loadTopology(path, { host }).balancers[name]);
  const reload = async () => {
    const topology = read();
    const text = JSON.stringify(topology);
    if (text === inForce) return logger.info(`${path} says nothing new of this balancer`);
    await control.reload(topology, path);
    inForce = text;
    return logger.info(`${path} was read anew and is in force`);
  };
  const file = new ConfigFile(path, () => {
    reload().catch((error: unknown) => {
      const { message } = error as Error;
      // There is nothing wrong with the file: there is no room for its backends yet.
      if (error instanceof ChangeError) {
        logger.warn(`${path} has changed and is not in force yet: ${message}`);
        file.tellAgain();
      } else audit.refused(path, control.version, undefined, message);
    });
  });
  // What changed over the API stays where the file says the same as before.
  let inForce = textOf(read);
  return file;
}

function textOf(read: () => BalancerTopology): string | undefined {
  try {
    return JSON.stringify(read());
  } catch {
    return undefined;
  }
}
