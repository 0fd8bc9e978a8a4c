using AwqIlgpu.Devices;

namespace AwqIlgpu.Models;

/// <content>Attention, up to its output projection.</content>
internal sealed partial class DecoderModel
{
    private DeviceMatrix Attend(int index, AttentionWeights weights, DeviceMatrix input)
    {
        var attention = _weights.Config.Layers[index].Attention;
        int queryWidth = attention.NumHeads * attention.HeadDim;
        int kvWidth = attention.NumKvHeads * attention.HeadDim;
        var projected = View(_layout.Projected, input.Rows, attention.ProjectionWidth);
        var query = projected.Columns(0, queryWidth);
        var key = projected.Columns(queryWidth, kvWidth);
        var value = projected.Columns(queryWidth + kvWidth, kvWidth);
        var attended = View(_layout.Attended, input.Rows, queryWidth);

        Device.Linear(weights.Projections, input, projected);
        NormOr(query, weights.QueryNorm, query, query);
        NormOr(key, weights.KeyNorm, key, key);
        Device.RotateAndWriteKv(index, attention.Rope, query, attention.HeadDim, key, value);
        Device.Attend(index, query, attended);
        return attended;
    }

    private DeviceMatrix AttendLatent(int index, AttentionWeights weights, DeviceMatrix input)
    {
        var attention = _weights.Config.Layers[index].Attention;
        var latent = weights.Latent!;
        var config = latent.Config;
        int heads = attention.NumHeads;
        var compressed = View(_layout.Compressed, input.Rows, config.QueryRank + config.KeyDim);
        var key = compressed.Columns(config.QueryRank, config.KeyDim);
        var value = key.Columns(config.RopeDim, config.Rank);
        var projected = View(_layout.Projected, input.Rows, heads * config.QueryDim);
        var absorbed = View(_layout.Absorbed, input.Rows, heads * config.KeyDim);
        var attendedLatent = View(_layout.AttendedLatent, input.Rows, heads * config.Rank);
        var attended = View(_layout.Attended, input.Rows, heads * config.ValueDim);

        Device.Linear(latent.Down, input, compressed);
        var queryInput = config.QueryRank == 0 ? input : compressed.Columns(0, config.QueryRank);
        NormOr(queryInput, latent.QueryDownNorm, queryInput, queryInput);
        Device.Norm(latent.KeyValueNorm, value, value);
        Device.Linear(latent.Query, queryInput, projected);
        Device.RotateAndWriteKv(index, attention.Rope, projected, config.QueryDim, key, value);
        Device.CopyHeads(projected, config.QueryDim, absorbed, config.KeyDim, config.RopeDim);
        Device.LinearHeads(latent.QueryToLatent, projected.Columns(config.RopeDim, projected.Width - config.RopeDim), config.QueryDim, absorbed.Columns(config.RopeDim, absorbed.Width - config.RopeDim), config.KeyDim);
        Device.Attend(index, absorbed, attendedLatent);
        Device.LinearHeads(latent.LatentToValue, attendedLatent, config.Rank, attended, config.ValueDim);
        return attended;
    }
}
