import { errorCodes } from '../errors.ts';
import { array, int8, int16, int32, nullable, string, struct } from '../wire/codec.ts';
import { type Api, api } from './api.ts';

/*
 * The requests about access control lists. This broker has no authorizer, which Apache Kafka without one answers just
 * so: SECURITY_DISABLED. Tools that look for ACLs go on without them.
 */

const versions = [1, 3] as const;
const noAuthorizer = 'The embedded broker has no authorizer: everybody may do everything';

const resource = { resourceType: int8, resourceName: string };
const entry = { principal: string, host: string, operation: int8, permissionType: int8 };
const filter = struct({
  resourceTypeFilter: int8,
  resourceNameFilter: nullable(string),
  patternTypeFilter: int8,
  principalFilter: nullable(string),
  hostFilter: nullable(string),
  operation: int8,
  permissionType: int8,
});

export const describeAcls: Api = api({
  key: 29,
  name: 'DescribeAcls',
  versions,
  flexible: 2,
  request: filter,
  response: struct({
    throttleTimeMs: int32,
    errorCode: int16,
    errorMessage: nullable(string),
    resources: array(struct({ ...resource, patternType: int8, acls: array(struct(entry)) })),
  }),
  handle: () => ({
    throttleTimeMs: 0,
    errorCode: errorCodes.SECURITY_DISABLED,
    errorMessage: noAuthorizer,
    resources: [],
  }),
  refuse: (_request, errorCode) => ({ throttleTimeMs: 0, errorCode, errorMessage: null, resources: [] }),
});

export const createAcls: Api = api({
  key: 30,
  name: 'CreateAcls',
  versions,
  flexible: 2,
  request: struct({ creations: array(struct({ ...resource, resourcePatternType: int8, ...entry })) }),
  response: struct({
    throttleTimeMs: int32,
    results: array(struct({ errorCode: int16, errorMessage: nullable(string) })),
  }),
  handle: (_broker, { creations }) => ({
    throttleTimeMs: 0,
    results: creations.map(() => ({ errorCode: errorCodes.SECURITY_DISABLED, errorMessage: noAuthorizer })),
  }),
  refuse: ({ creations }, errorCode) => ({
    throttleTimeMs: 0,
    results: creations.map(() => ({ errorCode, errorMessage: null })),
  }),
});

const matchingAcl = struct({
  errorCode: int16,
  errorMessage: nullable(string),
  ...resource,
  patternType: int8,
  ...entry,
});

export const deleteAcls: Api = api({
  key: 31,
  name: 'DeleteAcls',
  versions,
  flexible: 2,
  request: struct({ filters: array(filter) }),
  response: struct({
    throttleTimeMs: int32,
    filterResults: array(
      struct({ errorCode: int16, errorMessage: nullable(string), matchingAcls: array(matchingAcl) }),
    ),
  }),
  handle: (_broker, { filters }) => ({
    throttleTimeMs: 0,
    filterResults: filters.map(() => ({
      errorCode: errorCodes.SECURITY_DISABLED,
      errorMessage: noAuthorizer,
      matchingAcls: [],
    })),
  }),
  refuse: ({ filters }, errorCode) => ({
    throttleTimeMs: 0,
    filterResults: filters.map(() => ({ errorCode, errorMessage: null, matchingAcls: [] })),
  }),
});
