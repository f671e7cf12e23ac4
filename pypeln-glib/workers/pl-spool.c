/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "workers/pl-spool-private.h"

#include <errno.h>
#include <sys/uio.h>
#include <unistd.h>

/* What is written to a pipe: bytes that have been put together here, and between them large blocks
 * of bytes that belong to somebody else. These are not copied: it would take as long as it takes to
 * write them. */

/* What is smaller than this, in bytes, is copied as quickly as it is remembered. */
#define MIN_LOAN (16 * 1024)

/* So much memory is kept when all has been written, in bytes. */
#define MAX_KEPT (4 * 1024 * 1024)

/* How many pieces are written at once. */
#define MAX_VECTORS 16

typedef struct
{
  GBytes *bytes;
  gsize n_written; /* of them */
  guint at;        /* so many of its own bytes come before it */
} PlLoan;

static void
pl_loan_clear (gpointer loan)
{
  g_bytes_unref (((PlLoan *) loan)->bytes);
}

void
pl_spool_init (PlSpool *self)
{
  *self = (PlSpool) {
    .bytes = g_byte_array_new (),
    .loans = g_array_new (FALSE, FALSE, sizeof (PlLoan)),
  };
  g_array_set_clear_func (self->loans, pl_loan_clear);
}

void
pl_spool_clear (PlSpool *self)
{
  g_clear_pointer (&self->bytes, g_byte_array_unref);
  g_clear_pointer (&self->loans, g_array_unref);
}

/* Has @bytes, which do not change, written behind what has been appended so far, if they are worth
 * it. Returns FALSE if they are to be appended instead. */
gboolean
pl_spool_lend (PlSpool *self, GBytes *bytes)
{
  gsize size = g_bytes_get_size (bytes);
  PlLoan loan = { .at = self->bytes->len };

  if (size < MIN_LOAN)
    return FALSE;

  loan.bytes = g_bytes_ref (bytes);
  self->n_lent += size;
  g_array_append_val (self->loans, loan);
  return TRUE;
}

/* Gets how much comes behind the first @start bytes of its own. */
gsize
pl_spool_get_size (PlSpool *self, guint start)
{
  gsize size = self->bytes->len - start;

  for (guint i = self->loans->len; i > 0; i--)
    {
      PlLoan *loan = &g_array_index (self->loans, PlLoan, i - 1);

      if (loan->at <= start)
        break;
      size += g_bytes_get_size (loan->bytes);
    }

  return size;
}

/* Takes back all that has been appended and lent behind the first @start bytes. */
void
pl_spool_truncate (PlSpool *self, guint start)
{
  while (self->loans->len > 0)
    {
      PlLoan *loan = &g_array_index (self->loans, PlLoan, self->loans->len - 1);

      if (loan->at <= start)
        break;
      self->n_lent -= g_bytes_get_size (loan->bytes);
      g_array_set_size (self->loans, self->loans->len - 1);
    }

  g_byte_array_set_size (self->bytes, start);
}

/* Nothing of it will be written any more. */
void
pl_spool_drop (PlSpool *self)
{
  g_array_set_size (self->loans, 0);
  g_byte_array_set_size (self->bytes, 0);
  self->n_written = 0;
  self->n_lent = 0;
}

gsize
pl_spool_get_unsent (PlSpool *self)
{
  return self->bytes->len - self->n_written + self->n_lent;
}

/* Gets what is to be written next. Returns the number of pieces. */
static int
pl_spool_get_vectors (PlSpool *self, struct iovec *vectors)
{
  gsize at = self->n_written;
  int n = 0;

  for (guint i = 0; n + 2 <= MAX_VECTORS; i++)
    {
      PlLoan *loan = i < self->loans->len ? &g_array_index (self->loans, PlLoan, i) : NULL;
      gsize end = loan != NULL ? loan->at : self->bytes->len;

      if (end > at)
        vectors[n++] = (struct iovec) { self->bytes->data + at, end - at };
      if (loan == NULL)
        break;

      vectors[n].iov_base = (guint8 *) g_bytes_get_data (loan->bytes, NULL) + loan->n_written;
      vectors[n++].iov_len = g_bytes_get_size (loan->bytes) - loan->n_written;
      at = end;
    }

  return n;
}

/* @n bytes have been written. */
static void
pl_spool_advance (PlSpool *self, gsize n)
{
  while (self->loans->len > 0)
    {
      PlLoan *loan = &g_array_index (self->loans, PlLoan, 0);
      gsize before = MIN (n, loan->at - self->n_written);
      gsize lent = MIN (n - before, g_bytes_get_size (loan->bytes) - loan->n_written);

      self->n_written += before;
      self->n_lent -= lent;
      loan->n_written += lent;
      n -= before + lent;
      if (loan->n_written < g_bytes_get_size (loan->bytes))
        return;
      g_array_remove_index (self->loans, 0);
    }

  self->n_written += n;
}

/* Lets go of what has been written when it is half of all, or more. */
static void
pl_spool_drop_written (PlSpool *self)
{
  if (self->n_written < self->bytes->len - self->n_written)
    return;

  for (guint i = 0; i < self->loans->len; i++)
    g_array_index (self->loans, PlLoan, i).at -= self->n_written;

  if (self->n_written < self->bytes->len)
    {
      g_byte_array_remove_range (self->bytes, 0, self->n_written);
    }
  else if (self->n_written > MAX_KEPT)
    {
      g_byte_array_unref (self->bytes);
      self->bytes = g_byte_array_new ();
    }
  else
    {
      g_byte_array_set_size (self->bytes, 0);
    }
  self->n_written = 0;
}

/* Writes as much as @fd takes: PL_FLOW_OK if that is all, PL_FLOW_AGAIN if it takes no more at the
 * moment, and PL_FLOW_END if it never will. */
PlFlow
pl_spool_write (PlSpool *self, int fd)
{
  PlFlow written = PL_FLOW_OK;

  while (written == PL_FLOW_OK && pl_spool_get_unsent (self) > 0)
    {
      struct iovec vectors[MAX_VECTORS];
      int n_vectors = pl_spool_get_vectors (self, vectors);
      gssize n = n_vectors == 1 ? write (fd, vectors[0].iov_base, vectors[0].iov_len)
                                : writev (fd, vectors, n_vectors);

      if (n >= 0)
        pl_spool_advance (self, n);
      else if (errno == EAGAIN)
        written = PL_FLOW_AGAIN;
      else if (errno != EINTR)
        written = PL_FLOW_END;
    }

  pl_spool_drop_written (self);
  return written;
}
