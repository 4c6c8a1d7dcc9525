/** Every app of the system, by the name of its folder under `apps/`. */
export const APP_NAMES = [
  'database',
  'cache',
  'lb-workers',
  'worker',
  'lb-microservices',
  'microservice',
  'api-gateway',
  'load-balancer',
] as const;
/** The name of an app. */
export type AppName = (typeof APP_NAMES)[number];

/** The apps that balance, each in front of the replicas of one other app. */
export const BALANCED_APP = {
  'load-balancer': 'api-gateway',
  'lb-microservices': 'microservice',
  'lb-workers': 'worker',
} as const satisfies Partial<Record<AppName, AppName>>;
/** The name of an app that balances. */
export type BalancerName = keyof typeof BALANCED_APP;
/** The name of an app that does not. */
export type ServiceName = Exclude<AppName, BalancerName>;

/** Whether `name` is one of the balancer apps. */
export function isBalancer(name: AppName): name is BalancerName {
  return name in BALANCED_APP;
}
