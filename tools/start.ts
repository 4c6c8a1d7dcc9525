/** `npm start`: the whole stack, until Ctrl-C. */
import { APP_NAMES } from '@balanza/topology';
import { banner } from './stack/banner.ts';
import { launch } from './stack/launch.ts';

await launch(APP_NAMES, banner);
