import { afterEach, beforeEach } from 'vitest';
import { startGateway, type Gateway } from './gateway.js';
import { StandIn, type Answer } from './stand-in.js';

/** A gateway, and a stand-in for the balancer that it asks; both are new for each test. Made at the top of a file of tests. */
export class GatewayAndStandIn {
  #standIn: StandIn | undefined;
  #gateway: Gateway | undefined;

  /**
   * @param variable by which the gateway knows the balancer
   * @param answer of the stand-in, unless a test says otherwise
   */
  constructor(variable: 'MICROSERVICES_URL' | 'WORKERS_URL', answer: Answer) {
    beforeEach(async () => {
      this.#standIn = await StandIn.start(answer);
      this.#gateway = await startGateway({ [variable]: this.#standIn.url, UPSTREAM_TIMEOUT: '0.3' });
    });
    afterEach(async () => {
      await this.#gateway?.app.stop();
      await this.#standIn?.stop();
    });
  }

  get standIn(): StandIn {
    if (this.#standIn === undefined) throw new Error('it is started before each test');
    return this.#standIn;
  }

  get gateway(): Gateway {
    if (this.#gateway === undefined) throw new Error('it is started before each test');
    return this.#gateway;
  }
}
