import type { Claims } from '@balanza/auth';
import { ContractException, InvalidRequestException, ResourceNotFoundException } from '@balanza/runtime';
import { originUrl } from '@balanza/topology';
import { Injectable } from '@nestjs/common';
import { balancingChange, ChangeError, type BalancingChange } from '../control/balancing-state.js';
import { ControlPlane, VersionError } from '../control/control-plane.js';
import { BackendChecks } from '../health/backend-checks.js';
import { StatusService } from '../status/status.service.js';

const CONFLICT = 409;
/** Longest id that an answer repeats. */
const MAX_SHOWN = 200;

/** The part of a change that a route asks for. */
export type PartialChange = Pick<Partial<BalancingChange>, 'version' | 'strategy'> & {
  readonly backends?: Partial<BalancingChange['backends']>;
};

/** What the routes of the control API have in common: the state as they show it, and changes with their errors. */
@Injectable()
export class ControlService {
  constructor(
    private readonly control: ControlPlane,
    private readonly statuses: StatusService,
    private readonly checks: BackendChecks,
  ) {}

  /** The whole of what is in force. */
  balancing() {
    const { version, state } = this.control;
    return { version, strategy: state.strategy, backends: this.backends() };
  }

  /** Each backend as it is wanted, with whoever serves for it. */
  backends() {
    const statuses = this.statuses.all();
    const { state, backends } = this.control;
    return state.backends.map((wanted) => {
      const own = new Set(backends.filter(({ source }) => source === wanted.url).map(({ url }) => url));
      return { ...wanted, endpoints: statuses.filter(({ url }) => own.has(url)) };
    });
  }

  /**
   * The same with whoever serves for it.
   *
   * @param id host and port, as in its URL
   * @throws ResourceNotFoundException
   */
  backend(id: string) {
    const url = urlOf(id);
    const found = this.backends().find((backend) => backend.url === url);
    if (found === undefined) throw notThere(id);
    return found;
  }

  /**
   * Changes one backend.
   *
   * @param id as for {@link backend}
   * @param change of the backend with this URL
   * @throws ResourceNotFoundException (404), and as {@link change} does
   */
  async changeBackend(
    id: string,
    change: (url: string) => NonNullable<PartialChange['backends']>,
    user: Claims,
  ): Promise<void> {
    const url = urlOf(id);
    if (url === undefined) throw notThere(id);
    const isThere = this.control.state.backends.some((backend) => backend.url === url);
    try {
      await this.change({ backends: change(url) }, user);
    } catch (error) {
      throw isThere ? error : notThere(id);
    }
  }

  /**
   * Makes a change. Resolves once new backends have had their first check, which decides whether they get requests.
   *
   * @throws InvalidRequestException (400) for what cannot be done, ContractException (409) for another version
   */
  async change(change: PartialChange, user: Claims): Promise<void> {
    try {
      await this.control.change(balancingChange.parse(change), user.sub ?? 'a token without sub');
      await this.checks.checkNew();
    } catch (error) {
      if (error instanceof ChangeError) throw new InvalidRequestException(error.details);
      if (error instanceof VersionError) throw new ContractException(CONFLICT, error.message);
      throw error;
    }
  }
}

function urlOf(id: string): string | undefined {
  return originUrl(['http']).safeParse(`http://${id}`).data;
}

function notThere(id: string): ResourceNotFoundException {
  return new ResourceNotFoundException(
    `There is no backend ${id.slice(0, MAX_SHOWN)}; GET /-/api/backends lists them`,
  );
}
