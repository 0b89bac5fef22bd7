import { embedded } from './subject.ts';
import { conformance } from './suite.ts';

conformance(embedded);
