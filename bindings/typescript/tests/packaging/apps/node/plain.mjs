import { roundTrip } from './roundtrip.js';

process.stdout.write(await roundTrip(process.argv[2]));
