import { builtInProperties } from './built-in-properties.ts';
import { conflict, invalid, notFound } from './errors.ts';
import { activityTypes, objectTypes, typeNamed, type ObjectType } from './object-types.ts';

export interface PropertyOption {
  readonly label: string;
  readonly value: string;
  readonly displayOrder: number;
}

/** A property of an object type (HubSpot docs, properties). */
export interface Property {
  readonly name: string;
  readonly label: string;
  readonly groupName: string;
  readonly type: 'string' | 'number' | 'date' | 'datetime' | 'enumeration' | 'bool' | 'phone_number';
  readonly fieldType: string;
  readonly options: readonly PropertyOption[];
  readonly description: string;
  readonly hasUniqueValue: boolean;
  readonly calculated: boolean;
  readonly hubspotDefined: boolean;
  /** cannot be written */
  readonly readOnly: boolean;
  /** values come from elsewhere (owners) */
  readonly externalOptions: boolean;
}

export interface PropertyGroup {
  readonly name: string;
  readonly label: string;
  readonly displayOrder: number;
}

/** Properties and their groups, per object type. */
export class Schema {
  /** names of types on which the account refuses properties with unique values */
  readonly uniqueRefusedOn = new Set<string>();
  readonly #properties = new Map<string, Map<string, Property>>();
  readonly #groups = new Map<string, Map<string, PropertyGroup>>();

  constructor() {
    for (const { name, singular } of objectTypes) {
      const group = { name: `${singular}information`, label: `${singular} information`, displayOrder: 0 };
      this.#groups.set(name, new Map([[group.name, group]]));
      const list = builtInProperties(name, group.name);
      this.#properties.set(name, new Map(list.map((each) => [each.name, each])));
    }
  }

  /** Whether activities of all kinds may have unique properties. */
  set uniqueOnActivities(allowed: boolean) {
    for (const name of activityTypes) {
      if (allowed) this.uniqueRefusedOn.delete(name);
      else this.uniqueRefusedOn.add(name);
    }
  }

  /** By name (`communications`, `communication`) or object type id (`0-18`). Throws the 400 for an unknown one. */
  type(word: string): ObjectType {
    return typeNamed(word);
  }

  properties(type: ObjectType): Property[] {
    return [...(this.#properties.get(type.name)?.values() ?? [])];
  }

  property(type: ObjectType, name: string): Property | undefined {
    return this.#properties.get(type.name)?.get(name);
  }

  groups(type: ObjectType): PropertyGroup[] {
    return [...(this.#groups.get(type.name)?.values() ?? [])];
  }

  addGroup(type: ObjectType, group: PropertyGroup): PropertyGroup {
    const groups = this.#groups.get(type.name);
    if (groups?.has(group.name)) throw conflict(`Property group named '${group.name}' already exists`);
    groups?.set(group.name, group);
    return group;
  }

  /** At most ten unique properties per object type (HubSpot docs, properties guide). */
  addProperty(type: ObjectType, property: Property): Property {
    const properties = this.#properties.get(type.name);
    if (properties?.has(property.name)) {
      throw conflict(`A property named '${property.name}' already exists.`);
    }
    if (!this.#groups.get(type.name)?.has(property.groupName)) {
      throw invalid(`Property group with name ${property.groupName} does not exist.`);
    }
    if (property.hasUniqueValue) this.#checkUnique(type);
    properties?.set(property.name, property);
    return property;
  }

  removeProperty(type: ObjectType, name: string): void {
    if (!this.#properties.get(type.name)?.delete(name))
      throw notFound(`No property exists with name ${name}`);
  }

  #checkUnique(type: ObjectType): void {
    if (this.uniqueRefusedOn.has(type.name)) {
      throw invalid(`hasUniqueValue is not supported for properties of object type ${type.typeId}`);
    }
    if (this.properties(type).filter((each) => each.hasUniqueValue).length >= 10) {
      throw invalid('Cannot create more than 10 unique properties per object type');
    }
  }
}
