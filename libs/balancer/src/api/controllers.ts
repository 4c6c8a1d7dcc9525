import { BackendsController } from './backends.controller.js';
import { BalancingController } from './balancing.controller.js';
import { StrategyController } from './strategy.controller.js';

/** The control API. */
export const CONTROLLERS = [BalancingController, BackendsController, StrategyController];
