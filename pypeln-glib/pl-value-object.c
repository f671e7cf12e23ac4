/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-value-object-private.h"

/**
 * PlValueObject:
 *
 * An object that holds a value, for lists whose items have to be objects.
 *
 * A [class@Pl.ListModel] wraps those elements in it that are not objects themselves. The value does
 * not change.
 *
 * Since: 1.0
 */

struct _PlValueObject
{
  GObject parent_instance;

  GValue value;
};

G_DEFINE_FINAL_TYPE (PlValueObject, pl_value_object, G_TYPE_OBJECT)

enum
{
  PROP_VALUE = 1,
  N_PROPERTIES
};

static GParamSpec *properties[N_PROPERTIES];

static void
pl_value_object_get_property (GObject *object, guint property, GValue *value, GParamSpec *pspec)
{
  PlValueObject *self = PL_VALUE_OBJECT (object);

  switch (property)
    {
    case PROP_VALUE:
      g_value_set_boxed (value, &self->value);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property, pspec);
    }
}

static void
pl_value_object_finalize (GObject *object)
{
  g_value_unset (&PL_VALUE_OBJECT (object)->value);

  G_OBJECT_CLASS (pl_value_object_parent_class)->finalize (object);
}

static void
pl_value_object_class_init (PlValueObjectClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = pl_value_object_finalize;
  object_class->get_property = pl_value_object_get_property;

  /**
   * PlValueObject:value: (getter get_value)
   *
   * The value. To read the property copies it.
   *
   * Since: 1.0
   */
  properties[PROP_VALUE] = g_param_spec_boxed ("value", NULL, NULL, G_TYPE_VALUE,
                                               G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
}

/* One that the library did not make holds an object, which is NULL: bindings cannot do with a value
 * that holds nothing at all. */
static void
pl_value_object_init (PlValueObject *self)
{
  g_value_init (&self->value, G_TYPE_OBJECT);
}

/* Moves @value, which is uninitialised then, to the object. */
PlValueObject *
pl_value_object_new_take (GValue *value)
{
  PlValueObject *self = g_object_new (PL_TYPE_VALUE_OBJECT, NULL);

  self->value = *value;
  memset (value, 0, sizeof *value);
  return self;
}

/**
 * pl_value_object_get_value: (get-property value)
 * @self: an object that holds a value
 *
 * Gets the value, without copying it.
 *
 * Returns: (transfer none): the value, which belongs to @self
 *
 * Since: 1.0
 */
const GValue *
pl_value_object_get_value (PlValueObject *self)
{
  g_return_val_if_fail (PL_IS_VALUE_OBJECT (self), NULL);

  return &self->value;
}
