import { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } from 'kafkajs';
import { expect, onTestFinished, test } from 'vitest';
import { brokerForTest, kafkaOf } from '../clients.ts';

const acl = {
  resourceType: AclResourceTypes.TOPIC,
  resourceName: 'wines',
  resourcePatternType: ResourcePatternTypes.LITERAL,
  principal: 'User:albert',
  host: '*',
  operation: AclOperationTypes.READ,
  permissionType: AclPermissionTypes.ALLOW,
};

test('requests about ACLs hear that security is disabled, as on Apache Kafka without an authorizer', async () => {
  const admin = kafkaOf(await brokerForTest()).admin();
  await admin.connect();
  onTestFinished(() => admin.disconnect());
  const refused = { type: 'SECURITY_DISABLED' };

  await expect(admin.describeAcls(acl)).rejects.toMatchObject(refused);
  await expect(admin.createAcls({ acl: [acl] })).rejects.toMatchObject(refused);
  await expect(admin.deleteAcls({ filters: [acl] })).rejects.toMatchObject(refused);
});
